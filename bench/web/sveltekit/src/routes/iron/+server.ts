// iron-session as its documentation tells to use it with a Request and a Response.
import { getIronSession } from "iron-session";
import { answer, bytesOf } from "../../lib/answer";
import { type BenchState, fillState } from "../../lib/state";

const options = {
  cookieName: "session",
  password: "a secret of at least thirty-two letters",
  cookieOptions: { secure: false },
};

type Event = { request: Request };

const open = async (request: Request, response: Response) =>
  await getIronSession<BenchState>(request, response, options);

export const PUT = async ({ request }: Event) => {
  const response = new Response();
  const session = await open(request, response);
  fillState(session, bytesOf(request));
  await session.save();
  return answer(0, response.headers);
};

export const GET = async ({ request }: Event) =>
  answer((await open(request, new Response())).count);

export const POST = async ({ request }: Event) => {
  const response = new Response();
  const session = await open(request, response);
  session.count++;
  await session.save();
  return answer(session.count, response.headers);
};
