import { scopes, unbindSession } from "../../sessions/index.ts";
import type { H3NextEvent } from "./middleware.ts";
import type { H3Event } from "./wrapped-app.ts";

// The answer of a cached handler (`defineCachedEventHandler`, the route rules `cache`, `swr` and
// `isr`) is given to all visitors. Nitro hides the cookie from it, but the ambient session would
// still be there. So the request's scope ends for it, and `restore` finds none.

/** What Nitro 2 sets in the context of an event before it runs a cached handler. */
const MARK = "cache";

/** For Nitro 2, which says by the event's context that a cached handler comes. */
export function leaveWhereCached(event: H3Event): void {
  let value = event.context[MARK];
  Object.defineProperty(event.context, MARK, {
    configurable: true,
    enumerable: true,
    get: () => value,
    set(given: unknown) {
      value = given;
      // The event that Nitro makes for it has a proxy of this request.
      leave(event.node.req);
    },
  });
}

/**
 * For Nitro 3, which gives the event another request meanwhile, with only those headers that the
 * answer may depend on.
 */
export function leaveWhereNarrowed(event: H3NextEvent): void {
  const original = event.req;
  let request = original;
  Object.defineProperty(event, "req", {
    configurable: true,
    enumerable: true,
    get: () => request,
    set(given: Request) {
      request = given;
      if (lacksAny(given.headers, original.headers)) leave(event, original);
    },
  });
}

function lacksAny(headers: Headers, wanted: Headers): boolean {
  for (const name of wanted.keys()) if (!headers.has(name)) return true;
  return false;
}

/** The handler is called next, in this very turn. */
function leave(...requests: object[]): void {
  scopes.enterWith(undefined as never);
  for (const request of requests) unbindSession(request);
}
