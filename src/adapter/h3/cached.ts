import { scopes, unbindSession } from "../../sessions/index.ts";
import type { H3Event } from "./wrapped-app.ts";

/** What Nitro sets in the context of an event before it runs a cached handler with it. */
const MARK = "cache";

/**
 * Ends the request's scope for a cached handler (`defineCachedEventHandler`, the route rules `cache`, `swr` and `isr`): its answer is given
 * to all visitors. Nitro hides the cookie from it, but the ambient session would be there all the same. So `restore` finds none in it.
 */
export function leaveWhereCached(event: H3Event): void {
  let value = event.context[MARK];
  Object.defineProperty(event.context, MARK, {
    configurable: true,
    enumerable: true,
    get: () => value,
    set(given: unknown) {
      value = given;
      // The handler is called next, in this very turn.
      scopes.enterWith(undefined as never);
      // Nitro's own event for it has a proxy of this request.
      unbindSession(event.node.req);
    },
  });
}
