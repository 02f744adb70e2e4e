import {
  expiresAfter,
  extend,
  isCookieYoung,
  isRenewalDue,
  type Owner,
  userMark,
} from "../records/index.ts";
import type { LiveSession } from "./live-session.ts";
import type { Scope } from "../scope.ts";
import type { Session } from "../session.ts";

/** An owner of states in use, with what decides how long its records are kept. */
export function ownerOf(live: LiveSession, owner: string): Owner {
  return owner === live.owner
    ? { key: owner, session: live.id, lasting: live.tokenSeen }
    : { key: owner, session: undefined, lasting: true };
}

/** Marks who is signed in, if the session begins with a write. */
export function beginner(live: LiveSession, by: Session): () => string | undefined {
  return () => (live.tokenSeen ? undefined : userMark(live.engine.ring, by.userText()));
}

/** Notes the owner's new expiry after a write, and whether the cookie must be sent. */
export function noteWritten(live: LiveSession, owner: string, status: "living" | "ended"): void {
  if (status === "ended") {
    if (owner === live.owner) live.end("elsewhere");
    return;
  }
  const before = live.owners.get(owner);
  if (owner === live.owner && (before?.status !== "living" || isCookieDue(live)))
    live.renewed = true;
  live.owners.set(owner, {
    status,
    expiresAt: Math.max(before?.expiresAt ?? 0, expiresAfter(live.engine, ownerOf(live, owner))),
  });
}

/**
 * Whether the stored expiry is due for renewal: at most once an interval, and only once the token
 * has come back.
 */
export function isTouchDue(live: LiveSession, owner: string): boolean {
  const seen = live.owners.get(owner);
  if (owner === live.owner && seen?.status === "living" && isToBeNoted(live)) return true;
  return isRenewalDue(live.engine, ownerOf(live, owner), seen);
}

/** Whether the browser needs its cookie again, since the stored expiry is renewed. */
export function isCookieDue(live: LiveSession): boolean {
  return isTouchDue(live, live.owner) && !isCookieYoung(live.engine, live.owners.get(live.owner));
}

/**
 * A session that is older than this note begins when it is first seen, and that must not wait for a
 * change.
 */
function isToBeNoted({ engine: { beginnings }, id }: LiveSession): boolean {
  return beginnings.maxLifetime !== undefined && beginnings.get(id)?.isStored === false;
}

/**
 * Renews the stored expiry of an owner, and notes when the session began if the store does not
 * know.
 */
export async function touch(live: LiveSession, owner: string, { session }: Scope): Promise<void> {
  const isDue = owner === live.owner && isCookieDue(live);
  const expiresAt = await extend(live.engine, ownerOf(live, owner), beginner(live, session));
  live.owners.set(owner, { status: "living", expiresAt });
  if (isDue) live.renewed = true;
}
