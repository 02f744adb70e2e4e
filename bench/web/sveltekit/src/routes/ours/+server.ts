import { restore } from "persist-session";
import { answer, bytesOf } from "../../lib/answer";
import { bench } from "../../lib/bench";
import { fillState } from "../../lib/state";

export const PUT = async ({ request }: { request: Request }) => {
  fillState(await restore(bench), bytesOf(request));
  return answer(0);
};

export const GET = async () => answer((await restore(bench)).count);

export const POST = async () => answer(++(await restore(bench)).count);
