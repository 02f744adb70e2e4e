import type { OwnerStatus } from "../../store/index.ts";
import type { Engine } from "./engine.ts";
import type { Owner } from "./owners.ts";

type Terms = Pick<Engine, "ttl" | "touchInterval" | "newSessionTtl"> &
  Partial<Pick<Engine, "beginnings">>;
type Keeping = Pick<Owner, "lasting" | "session">;

/** What the store last said about an owner. */
interface Seen {
  readonly status: OwnerStatus;
  readonly expiresAt: number;
}

/**
 * When an owner's records expire after a write that happens now. The number is odd as long as the
 * token has not come back, and even afterwards, so that a later request can tell the two lives
 * apart: no other trace of them is kept.
 */
export function expiresAfter(terms: Terms, { lasting, session }: Keeping): number {
  const kept = lasting ? terms.ttl + terms.touchInterval : firstLife(terms);
  const at = Math.floor(Math.min(Date.now() + kept, endOf(terms, session)));
  return (at % 2 === 1) === lasting ? at - 1 : at;
}

/** When the session's time is over; never for a user's records. */
function endOf({ beginnings }: Terms, session: string | undefined): number {
  return session === undefined ? Infinity : (beginnings?.end(session) ?? Infinity);
}

/** How long records live if their token has not come back. */
function firstLife({ ttl, touchInterval, newSessionTtl }: Terms): number {
  return Math.min(ttl + touchInterval, newSessionTtl);
}

/**
 * When a record written now expires. Without a `ttl` it lives as long as its owner (0 also clears
 * an earlier expiry).
 */
export function recordExpiry(ttl: number | undefined): number {
  return ttl === undefined ? 0 : Date.now() + ttl;
}

/**
 * Until when a tombstone is needed: a cookie may still bring back a dead token, and a late write
 * may name an ended life.
 */
export function tombstoneEnd({ ttl, touchInterval }: Terms): number {
  return Date.now() + ttl + touchInterval;
}

/**
 * Whether the stored expiry is due for renewal: at most once an interval, and only once the token
 * has come back.
 */
export function isRenewalDue(
  terms: Terms,
  { lasting, session }: Keeping,
  seen: Seen | undefined,
): boolean {
  if (!lasting || seen?.status !== "living") return false;
  // One less: what is stored may be that much earlier.
  return seen.expiresAt < Math.min(Date.now() + terms.ttl, endOf(terms, session) - 1);
}

/** Renews the stored expiry if that is due. */
export async function renew(
  engine: Engine,
  owner: Owner,
  { owner: status, expiresAt }: { readonly owner: OwnerStatus; readonly expiresAt: number },
): Promise<void> {
  if (isRenewalDue(engine, owner, { status, expiresAt }))
    await engine.store.touch(owner.key, expiresAfter(engine, owner));
}

/**
 * Whether a renewal of these records is the first one, and the browser was given its cookie, for
 * the whole ttl, when they were made: then it needs none so soon. After an interval it does, as at
 * every other renewal.
 */
export function isCookieYoung(terms: Terms, seen: Seen | undefined): boolean {
  if (seen === undefined || seen.expiresAt % 2 === 0) return false;
  const age = firstLife(terms) - (seen.expiresAt - Date.now());
  return age < terms.touchInterval;
}

/** For how long the browser keeps the cookie of a session, in milliseconds. */
export function cookieLife(terms: Terms, session: string): number {
  return Math.max(1, Math.min(terms.ttl, endOf(terms, session) - Date.now()));
}
