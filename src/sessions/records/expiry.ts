import type { OwnerStatus } from "../../store/index.ts";
import type { Engine } from "./engine.ts";

type Terms = Pick<Engine, "ttl" | "touchInterval" | "newSessionTtl"> &
  Partial<Pick<Engine, "beginnings">>;

/**
 * When an owner's records expire after a write of now. The number is odd as long as the token has not come back, and even afterwards,
 * so that a later request can tell the two lives apart: no other trace of them is kept.
 *
 * @param lasting - whether the browser has shown its token (a user's records last in any case): bots must not fill the store
 * @param session - whose records they are, which never outlive it; undefined for a user's
 */
export function expiresAfter(terms: Terms, lasting: boolean, session?: string): number {
  const kept = lasting ? terms.ttl + terms.touchInterval : firstLife(terms);
  const at = Math.floor(Math.min(Date.now() + kept, endOf(terms, session)));
  return (at % 2 === 1) === lasting ? at - 1 : at;
}

/** When the session's time is over; never for a user's records. */
function endOf({ beginnings }: Terms, session: string | undefined): number {
  return session === undefined ? Infinity : (beginnings?.end(session) ?? Infinity);
}

/** How long records live whose token has not come back. */
function firstLife({ ttl, touchInterval, newSessionTtl }: Terms): number {
  return Math.min(ttl + touchInterval, newSessionTtl);
}

/**
 * Whether a renewal of these records is the first one, and the browser was given its cookie, for the whole ttl, when they were made: then
 * it needs none so soon. After an interval it does, as at every other renewal.
 */
export function isCookieYoung(
  terms: Terms,
  seen: { readonly expiresAt: number } | undefined,
): boolean {
  if (seen === undefined || seen.expiresAt % 2 === 0) return false;
  const age = firstLife(terms) - (seen.expiresAt - Date.now());
  return age < terms.touchInterval;
}

/** When a record written now expires. Without a `ttl` it lives as long as its owner (0 also clears an earlier expiry). */
export function recordExpiry(ttl: number | undefined): number {
  return ttl === undefined ? 0 : Date.now() + ttl;
}

/** Whether the stored expiry is due for renewal: at most once an interval, and only once the token has come back. */
export function isRenewalDue(
  terms: Terms,
  lasting: boolean,
  seen: { readonly status: OwnerStatus; readonly expiresAt: number } | undefined,
  session?: string,
): boolean {
  if (!lasting || seen?.status !== "living") return false;
  // One less: what is stored may be that much earlier.
  return seen.expiresAt < Math.min(Date.now() + terms.ttl, endOf(terms, session) - 1);
}

/** For how long the browser keeps the cookie of a session, in milliseconds. */
export function cookieLife(terms: Terms, session: string): number {
  return Math.max(1, Math.min(terms.ttl, endOf(terms, session) - Date.now()));
}

/** Until when a tombstone is needed: a cookie may still bring back a dead token, and a late write may name an ended life. */
export function tombstoneEnd({ ttl, touchInterval }: Terms): number {
  return Date.now() + ttl + touchInterval;
}
