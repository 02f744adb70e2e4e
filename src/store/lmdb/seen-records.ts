import { isLiving, ownerStatus, type RecordEntry } from "../embedded/index.ts";
import type { OwnerHead } from "./entry-codec.ts";
import { ownerKey } from "./keys.ts";

/** How many owners' records are remembered; each takes some hundred bytes. */
const MAX_OWNERS = 1000;

interface Seen {
  readonly state: string;
  readonly born: number;
  readonly version: number;
  readonly record: RecordEntry;
}

interface SeenOwner {
  readonly key: Uint8Array;
  readonly records: readonly Seen[];
}

/**
 * Remembers the entries of records that were read last. Each commit gives its owner a new version.
 * So if an owner is unchanged, its records are too, and a reader need not fetch them. Housekeeping
 * is not a commit, but it touches only dead entries, which are always read from the database.
 */
export class SeenRecords {
  readonly #byOwner = new Map<string, SeenOwner>();

  /** The key of an owner's entry. */
  keyOf(owner: string): Uint8Array {
    return this.#byOwner.get(owner)?.key ?? ownerKey(owner);
  }

  find(owner: string, state: string, head: OwnerHead, now: number): RecordEntry | undefined {
    const seen = this.#byOwner.get(owner)?.records.find((one) => one.state === state);
    if (seen === undefined || seen.version !== head.version || seen.born !== head.born)
      return undefined;
    return ownerStatus(head, now) === "living" && isLiving(seen.record, now)
      ? seen.record
      : undefined;
  }

  add(owner: string, state: string, { born, version }: OwnerHead, record: RecordEntry): void {
    // Forgetting all of them now and then is as good as forgetting the oldest, and costs nothing on
    // each read.
    if (this.#byOwner.size >= MAX_OWNERS) this.#byOwner.clear();
    const others = this.#byOwner.get(owner)?.records.filter((one) => one.state !== state) ?? [];
    const records = [...others, { state, born, version, record }];
    this.#byOwner.set(owner, { key: this.keyOf(owner), records });
  }
}
