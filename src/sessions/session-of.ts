import { PersistError } from "../errors.ts";
import { hiddenSlot } from "../hidden-slot.ts";
import type { Session } from "./session.ts";

const byRequest = hiddenSlot<Session>();

/** Remembers, for as long as the request lives, which session it has. Called by the adapters. */
export function bindSession(request: object, session: Session): void {
  byRequest.set(request, session);
}

/**
 * The session of a request that came through an adapter: the explicit way where async context is lost. Takes the framework's
 * own request object, or Node's.
 *
 * @throws PersistError `ERR_NO_SESSION` where no adapter has seen the request
 */
export function sessionOf(request: object): Session {
  const session = byRequest.get(request);
  if (session === undefined) {
    throw new PersistError(
      "ERR_NO_SESSION",
      "This request has no session: the adapter has not seen it. Put it before the routes: app.use(persistSession()).",
    );
  }
  return session;
}
