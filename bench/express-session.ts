import type { ExpressRequest, Middleware } from "./express-app.ts";
import { importPeer } from "./peer.ts";
import type { BenchState } from "./state.ts";

export type SessionFactory = (options: object) => Middleware;

/** express-session as its documentation tells to use it. */
export async function sessionMiddleware(store?: object): Promise<Middleware> {
  const session = await importPeer<SessionFactory>("express-session");
  return session({
    secret: "a secret of at least thirty-two letters",
    resave: false,
    saveUninitialized: false,
    ...(store === undefined ? {} : { store }),
  });
}

export function sessionOf(req: ExpressRequest): BenchState {
  return (req as ExpressRequest & { session: BenchState }).session;
}
