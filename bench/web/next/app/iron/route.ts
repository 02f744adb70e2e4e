// iron-session as its documentation tells to use it in route handlers.
import { getIronSession } from "iron-session";
import { cookies } from "next/headers";
import { answer, bytesOf } from "../../lib/answer";
import { type BenchState, fillState } from "../../lib/state";

export const dynamic = "force-dynamic";

const options = {
  cookieName: "session",
  password: "a secret of at least thirty-two letters",
  cookieOptions: { secure: false },
};

const open = async () => await getIronSession<BenchState>(await cookies(), options);

export const PUT = async (request: Request) => {
  const session = await open();
  fillState(session, bytesOf(request));
  await session.save();
  return answer(0);
};

export const GET = async () => answer((await open()).count);

export const POST = async () => {
  const session = await open();
  session.count++;
  await session.save();
  return answer(session.count);
};
