import { PersistError } from "../errors.ts";
import type { Session } from "./session.ts";

// Also for sessionOf() of another copy of this module.
const SESSION = Symbol.for("persist-session.session.1");

type Bound = object & { [SESSION]?: Session };

/** Binds a session to a request for as long as the request lives. Called by the adapters. */
export function bindSession(request: object, session: Session): void {
  (request as Bound)[SESSION] = session;
}

/** Removes the session from a request, for code that must not see it. */
export function unbindSession(request: object): void {
  delete (request as Bound)[SESSION];
}

/** Whether a request has come through an adapter. */
export function isBound(request: object): boolean {
  return (request as Bound)[SESSION] !== undefined;
}

/** The session of the adapter that has seen a request last, if any has. */
export function boundSession(request: object): Session | undefined {
  return (request as Bound)[SESSION];
}

/**
 * Gives the session of a request that came through an adapter, for code that loses its async
 * context. Takes the framework's own request object, or Node's.
 *
 * @throws PersistError `ERR_NO_SESSION` if no adapter has seen the request
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { sessionOf } from "persist-session";
 * import { persistSession } from "persist-session/http";
 *
 * const persist = persistSession({ store: "memory:" });
 * createServer((request, response) => {
 *   persist(request, response, () => {
 *     response.end(`A new visitor: ${sessionOf(request).isNew}`);
 *   });
 * }).listen(3000);
 * ```
 */
export function sessionOf(request: object): Session {
  const session = (request as Bound)[SESSION];
  if (session === undefined) {
    throw new PersistError(
      "ERR_NO_SESSION",
      "This request has no session: no adapter has seen it. Put the adapter before the routes (in Express, Koa and Hono: app.use(persistSession())), " +
        "and give the framework's own request or Node's: in Koa, Hono and Astro the context, in SvelteKit, Nuxt and h3 the event, in Next the Request " +
        "of session.route(…), on a WebSocket the socket or peer.",
    );
  }
  return session;
}
