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
