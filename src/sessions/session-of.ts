import { PersistError } from "../errors.ts";
import type { Session } from "./session.ts";

// Also for sessionOf() of another copy of this module.
const SESSION = Symbol.for("persist-session.session.1");

type Bound = object & { [SESSION]?: Session };

/** Remembers, for as long as the request lives, which session it has. Called by the adapters. */
export function bindSession(request: object, session: Session): void {
  (request as Bound)[SESSION] = session;
}

/** Whether a request has come through an adapter. */
export function isBound(request: object): boolean {
  return (request as Bound)[SESSION] !== undefined;
}

/**
 * The session of a request that came through an adapter: the explicit way where async context is lost. Takes the framework's
 * own request object, or Node's.
 *
 * @throws PersistError `ERR_NO_SESSION` where no adapter has seen the request
 */
export function sessionOf(request: object): Session {
  const session = (request as Bound)[SESSION];
  if (session === undefined) {
    throw new PersistError(
      "ERR_NO_SESSION",
      "This request has no session: the adapter has not seen it. Put it before the routes: app.use(persistSession()).",
    );
  }
  return session;
}
