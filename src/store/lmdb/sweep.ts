import { planSweepOwner, planSweepRecord } from "../embedded/index.ts";
import type { IndexedPlace } from "./entry-codec.ts";
import type { LmdbShelf } from "./lmdb-shelf.ts";

/**
 * Handles the first `limit` entries of the expiry index up to `now`. @returns how much it removed
 */
export function sweepStep(
  shelf: LmdbShelf,
  now: number,
  limit: number,
): { removed: number; seen: number } {
  const due = shelf.expired(now, limit);
  let removed = 0;
  for (const { key, place } of due) removed += sweepPlace(shelf, key, place, now);
  return { removed, seen: due.length };
}

function sweepPlace(shelf: LmdbShelf, key: Uint8Array, place: IndexedPlace, now: number): number {
  const { owner, state } = place;
  const plan =
    state === undefined
      ? planSweepOwner(shelf, owner, now)
      : planSweepRecord(shelf, owner, state, now);
  if (plan.changes !== undefined) shelf.apply(owner, plan.changes, "keep");
  const left = state === undefined ? shelf.owner(owner) : shelf.record(owner, state);
  // A swept owner with tombstones is due again after the last of them. One that was used since is
  // due when it expires.
  const next = plan.changes === undefined ? left?.expiresAt : left?.indexedAt;
  shelf.moveIndex(key, place, next ?? 0);
  return plan.removed;
}
