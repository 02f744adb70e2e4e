import { PersistError } from "../../errors.ts";
import { ListedCommits } from "./commit-log.ts";
import {
  isLiving,
  isTombstone,
  type OwnerEntry,
  ownerStatus,
  type RecordEntry,
} from "./entries.ts";
import type { Changes, EntryReader } from "./owner-draft.ts";

interface Kept {
  entry: OwnerEntry;
  readonly records: Map<string, RecordEntry>;
  readonly values: Map<string, Map<string, Uint8Array>>;
}

/** What the memory store holds, as entries. */
export class MemoryShelf implements EntryReader {
  readonly noCommits = new ListedCommits();
  readonly #owners = new Map<string, Kept>();
  #lastEpoch = 0;

  owner(owner: string): OwnerEntry | undefined {
    return this.#owners.get(owner)?.entry;
  }

  record(owner: string, state: string): RecordEntry | undefined {
    return this.#owners.get(owner)?.records.get(state);
  }

  records(owner: string): Iterable<RecordEntry> {
    return this.#owners.get(owner)?.records.values() ?? [];
  }

  lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** A copy: callers must never hold the stored bytes. */
  value(owner: string, state: string, attribute: string): Uint8Array {
    const bytes = this.#owners.get(owner)?.values.get(state)?.get(attribute);
    if (bytes === undefined) {
      throw new PersistError(
        "ERR_STORE_CORRUPT",
        `The memory store has lost an attribute of "${state}". Report this.`,
      );
    }
    return Uint8Array.from(bytes);
  }

  *owners(): Iterable<{ owner: string; entry: OwnerEntry }> {
    for (const [owner, { entry }] of this.#owners) yield { owner, entry };
  }

  /** What has expired: an owner's records before the owner itself. */
  *due(now: number): Iterable<{ owner: string; state?: string }> {
    for (const [owner, { entry, records }] of this.#owners) {
      if (ownerStatus(entry, now) === "absent" && !onlyTombstones(records, now)) yield { owner };
      for (const [state, record] of records) {
        if (!isLiving(record, now) && !isTombstone(record, now)) yield { owner, state };
      }
    }
  }

  touch(owner: string, expiresAt: number, now: number): void {
    const kept = this.#owners.get(owner);
    if (
      kept === undefined ||
      ownerStatus(kept.entry, now) !== "living" ||
      expiresAt <= kept.entry.expiresAt
    )
      return;
    kept.entry = { ...kept.entry, expiresAt };
  }

  apply(owner: string, changes: Changes): void {
    this.#lastEpoch = changes.lastEpoch ?? this.#lastEpoch;
    if (changes.owner === undefined) {
      this.#owners.delete(owner);
      return;
    }
    const kept = this.#owners.get(owner) ?? {
      entry: changes.owner,
      records: new Map(),
      values: new Map(),
    };
    this.#owners.set(owner, kept);
    kept.entry = changes.owner;
    for (const [state, record] of changes.records) {
      if (record === undefined) kept.records.delete(state);
      else kept.records.set(state, record);
    }
    for (const state of changes.emptied) kept.values.delete(state);
    for (const [state, values] of changes.values) {
      const stored = kept.values.get(state) ?? new Map<string, Uint8Array>();
      kept.values.set(state, stored);
      for (const [name, bytes] of values) {
        if (bytes === undefined) stored.delete(name);
        else stored.set(name, Uint8Array.from(bytes));
      }
    }
  }

  clear(): void {
    this.#owners.clear();
  }
}

function onlyTombstones(records: ReadonlyMap<string, RecordEntry>, now: number): boolean {
  if (records.size === 0) return false;
  for (const record of records.values()) if (!isTombstone(record, now)) return false;
  return true;
}
