import type { CommitLog } from "./commit-log.ts";
import type { OwnerStatus } from "../store.ts";

/** What an embedded store keeps of one owner. */
export interface OwnerEntry {
  readonly owner: string;
  /** Distinguishes two lives of one owner name, even if both reached the same version. */
  readonly born: number;
  /** The number of the last commit. */
  readonly version: number;
  /** When the owner expires or, if it has ended, its tombstone. */
  readonly expiresAt: number;
  readonly ended: boolean;
  /** Bytes of attribute values over all records. */
  readonly bytes: number;
  readonly commits: CommitLog;
  /** The time under which the store's expiry index holds this entry; 0 if it does not. */
  readonly indexedAt: number;
}

/** What an embedded store keeps of one record, without the attributes' bytes. */
export interface RecordEntry {
  readonly state: string;
  /** The current life or, of a tombstone, the life that ended last. */
  readonly epoch: number;
  /** The life before this one that a clear ended; 0 if there was none. */
  readonly endedEpoch: number;
  readonly ended: boolean;
  readonly version: number;
  readonly schema: number;
  /** Its own expiry, or when its tombstone may be forgotten; 0 if it lives as long as its owner. */
  readonly expiresAt: number;
  /** Bytes of attribute values. */
  readonly bytes: number;
  /**
   * Deletion marks up to this version have been dropped: a reader that has seen less gets the whole
   * record.
   */
  readonly marksFrom: number;
  readonly attributes: ReadonlyMap<string, AttributeEntry>;
  readonly indexedAt: number;
}

export interface AttributeEntry {
  readonly version: number;
  /** Bytes of the value; `undefined` is a deletion mark. */
  readonly size: number | undefined;
}

/**
 * How many deletion marks a record keeps. Without a limit, names that come and go would make it
 * grow forever.
 */
export const MARKS_KEPT = 64;

export function ownerStatus(
  entry: Pick<OwnerEntry, "expiresAt" | "ended"> | undefined,
  now: number,
): OwnerStatus {
  if (entry === undefined || entry.expiresAt <= now) return "absent";
  return entry.ended ? "ended" : "living";
}

/** A tombstone that must still be honoured. */
export function isTombstone(entry: RecordEntry, now: number): boolean {
  return entry.ended && entry.expiresAt > now;
}

/** Whether the record itself lives. Its owner must live too. */
export function isLiving(entry: RecordEntry, now: number): boolean {
  return !entry.ended && (entry.expiresAt === 0 || entry.expiresAt > now);
}

/** The epoch of the last life that a clear ended and that must still be honoured. */
export function endedEpoch(entry: RecordEntry | undefined, now: number): number {
  if (entry === undefined) return 0;
  if (entry.ended) return isTombstone(entry, now) ? entry.epoch : 0;
  return entry.endedEpoch;
}
