import { restore } from "persist-session";
import { answer, bytesOf } from "../../lib/answer";
import { bench, session } from "../../lib/session";
import { fillState } from "../../lib/state";

export const dynamic = "force-dynamic";

export const PUT = session.route(async (request: Request) => {
  fillState(await restore(bench), bytesOf(request));
  return answer(0);
});

export const GET = session.route(async () => answer((await restore(bench)).count));

export const POST = session.route(async () => answer(++(await restore(bench)).count));
