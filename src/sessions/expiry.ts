import type { OwnerStatus } from "../store/store.ts";
import type { Engine } from "./engine.ts";

type Terms = Pick<Engine, "ttl" | "touchInterval" | "newSessionTtl">;

/**
 * When an owner's records expire after a write of now.
 * @param lasting - whether the browser has shown its token (a user's records last in any case): bots must not fill the store
 */
export function expiresAfter(
  { ttl, touchInterval, newSessionTtl }: Terms,
  lasting: boolean,
): number {
  const kept = ttl + touchInterval;
  return Date.now() + (lasting ? kept : Math.min(kept, newSessionTtl));
}

/** A record's own expiry after a write of now. @param ttl - its class's; undefined: with its owner, also where it had one before */
export function recordExpiry(ttl: number | undefined): number {
  return ttl === undefined ? 0 : Date.now() + ttl;
}

/** Whether the stored expiry is to be renewed: at most once an interval, and not before the token has come back once. */
export function isRenewalDue(
  { ttl }: Terms,
  lasting: boolean,
  seen: { readonly status: OwnerStatus; readonly expiresAt: number } | undefined,
): boolean {
  return lasting && seen?.status === "living" && seen.expiresAt < Date.now() + ttl;
}

/** Until when a dead token could still come back in a cookie, and a late write name an ended life. */
export function tombstoneEnd({ ttl, touchInterval }: Terms): number {
  return Date.now() + ttl + touchInterval;
}
