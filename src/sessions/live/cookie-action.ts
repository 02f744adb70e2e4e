import type { VerifiedToken } from "../../identity/index.ts";
import { isCookieDue } from "./renewal.ts";
import type { LiveSession } from "./live-session.ts";

/** What a response does with the cookie. */
export type CookieAction = "set" | "delete";

/**
 * Sets the cookie if state is stored and the browser's cookie is missing, signed by an old key, or
 * due for renewal. Deletes it if the session was cleared and nothing followed. Leaves it alone if
 * the session ended elsewhere: the browser may hold a newer one.
 *
 * @param live - the session as the request uses it, if it does
 * @param presented - the token that the request came with
 */
export function cookieAction(
  live: LiveSession | undefined,
  presented: VerifiedToken | undefined,
  { early, cleared }: { early: boolean; cleared: boolean },
): CookieAction | undefined {
  if (live === undefined || live.ended !== undefined) return undefined;
  const tokenSeen = presented?.id === live.id;
  if (live.stored && (!tokenSeen || !presented.current || live.renewed)) return "set";
  const used = live.states.some(({ owner }) => owner === live.owner);
  if (early && used && (!tokenSeen || isCookieDue(live))) return "set";
  return cleared && presented !== undefined && !live.stored ? "delete" : undefined;
}

/**
 * Whether a visitor without a cookie needs none so far, but may still do something that needs one.
 */
export function isUndecided(live: LiveSession): boolean {
  if (live.stored || live.ended !== undefined) return false;
  const own = live.states.filter(({ owner }) => owner === live.owner);
  // A restore that is still reading has no state yet, and may be followed by a change, too.
  const began = own.length > 0 || !live.queue.idle;
  return began && own.every((state) => state.isClean());
}
