import { isLiving, isTombstone, ownerStatus } from "./entries.ts";
import { type Changes, type EntryReader, OwnerDraft } from "./owner-draft.ts";

/** What sweeping one entry of the expiry index does. */
export interface SweepStep {
  readonly removed: number;
  /** `undefined`: nothing is due, or nothing is left. */
  readonly changes: Changes | undefined;
}

/**
 * Sweeps an owner. If it has expired, its records go too, except for tombstones that must still be
 * honoured.
 */
export function planSweepOwner(reader: EntryReader, owner: string, now: number): SweepStep {
  const draft = new OwnerDraft(reader, owner, now);
  const found = reader.owner(owner);
  if (found === undefined || draft.status !== "absent") return { removed: 0, changes: undefined };
  draft.dropExpiredLife();
  const tombstones = draft.records();
  if (tombstones.length === 0) return { removed: 1, changes: draft.tidy(undefined) };
  // The owner comes up again when the last of its tombstones may be forgotten.
  const indexedAt = Math.max(...tombstones.map((record) => record.expiresAt));
  return { removed: 1, changes: draft.tidy({ ...found, indexedAt }) };
}

/**
 * Sweeps a tombstone, or a record that has an expiry of its own. With the last one, an expired
 * owner is removed too.
 */
export function planSweepRecord(
  reader: EntryReader,
  owner: string,
  state: string,
  now: number,
): SweepStep {
  const draft = new OwnerDraft(reader, owner, now);
  const record = reader.record(owner, state);
  if (record === undefined || isLiving(record, now) || isTombstone(record, now)) {
    return { removed: 0, changes: undefined };
  }
  draft.dropRecord(state);
  const found = reader.owner(owner);
  const last = ownerStatus(found, now) === "absent" && draft.records().length === 0;
  return { removed: 1, changes: draft.tidy(last ? undefined : found) };
}
