import type { CommitLog, PastCommit } from "./commit-log.ts";
import { isTombstone, type OwnerEntry, ownerStatus, type RecordEntry } from "./entries.ts";
import type { OwnerStatus, WriteOutcome } from "../store.ts";

/** How a plan reads what is stored. All answers are of one moment. */
export interface EntryReader {
  owner(owner: string): OwnerEntry | undefined;
  record(owner: string, state: string): RecordEntry | undefined;
  /** All records of the owner, tombstones and expired ones too. */
  records(owner: string): Iterable<RecordEntry>;
  /** The highest epoch given out so far. */
  lastEpoch(): number;
  /** The log of an owner that is new. */
  readonly noCommits: CommitLog;
}

/**
 * What a plan wants to store; `undefined` means "remove". A store applies all of it in one
 * transaction.
 */
export interface Changes {
  readonly owner: OwnerEntry | undefined;
  readonly records: ReadonlyMap<string, RecordEntry | undefined>;
  /** States whose stored attributes must be removed before any new one is put. */
  readonly emptied: ReadonlySet<string>;
  /** By state and attribute name. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, Uint8Array | undefined>>;
  /** Set if the plan gave out epochs. */
  readonly lastEpoch: number | undefined;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * One owner as a plan changes it. A plan touches nothing stored before it is complete, so a refusal
 * half way leaves no trace. The plans hold the rules of the contract, once for every embedded
 * store.
 */
export class OwnerDraft {
  readonly name: string;
  readonly now: number;
  readonly status: OwnerStatus;
  readonly #reader: EntryReader;
  readonly #found: OwnerEntry | undefined;
  readonly #records = new Map<string, RecordEntry | undefined>();
  /** The stored records that were read so far: reading one again would decode it again. */
  readonly #looked = new Map<string, RecordEntry | undefined>();
  #emptied: Set<string> | undefined;
  readonly #values = new Map<string, Map<string, Uint8Array | undefined>>();
  #bytes: number;
  #lastEpoch: number | undefined;

  constructor(reader: EntryReader, owner: string, now: number) {
    this.#reader = reader;
    this.#found = reader.owner(owner);
    this.name = owner;
    this.now = now;
    this.status = ownerStatus(this.#found, now);
    this.#bytes = this.#found?.bytes ?? 0;
  }

  /** The owner's version as callers see it: 0 if the owner is absent. */
  get version(): number {
    return this.status === "absent" ? 0 : (this.#found?.version ?? 0);
  }

  get expiresAt(): number {
    return this.status === "absent" ? 0 : (this.#found?.expiresAt ?? 0);
  }

  /**
   * The version that this plan's commit will have. The count continues if an expired owner comes
   * back.
   */
  get nextVersion(): number {
    return (this.#found?.version ?? 0) + 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  pastCommit(commitId: string): PastCommit | undefined {
    return this.#found?.commits.find(commitId);
  }

  record(state: string): RecordEntry | undefined {
    if (this.#records.has(state)) return this.#records.get(state);
    if (!this.#looked.has(state)) this.#looked.set(state, this.#reader.record(this.name, state));
    return this.#looked.get(state);
  }

  /** Every record, with the plan's own changes applied. */
  records(): RecordEntry[] {
    const found = new Map<string, RecordEntry | undefined>();
    for (const record of this.#reader.records(this.name)) found.set(record.state, record);
    for (const [state, record] of this.#records) found.set(state, record);
    return [...found.values()].filter((record) => record !== undefined);
  }

  nextEpoch(): number {
    this.#lastEpoch = Math.max((this.#lastEpoch ?? this.#reader.lastEpoch()) + 1, this.now);
    return this.#lastEpoch;
  }

  putRecord(record: RecordEntry): void {
    this.#bytes += record.bytes - (this.record(record.state)?.bytes ?? 0);
    this.#records.set(record.state, record);
  }

  putValue(state: string, attribute: string, bytes: Uint8Array | undefined): void {
    let values = this.#values.get(state);
    if (values === undefined) this.#values.set(state, (values = new Map()));
    values.set(attribute, bytes);
  }

  /**
   * Drops the values of the record's attributes. The record itself stays as it is until it is put
   * or dropped.
   */
  emptyRecord(state: string): void {
    (this.#emptied ??= new Set()).add(state);
    this.#values.delete(state);
  }

  dropRecord(state: string): void {
    this.#bytes -= this.record(state)?.bytes ?? 0;
    this.emptyRecord(state);
    this.#records.set(state, undefined);
  }

  /**
   * Drops what an expired owner left behind, except for tombstones: the owner's next life must not
   * see it.
   */
  dropExpiredLife(): void {
    if (this.status !== "absent" || this.#found === undefined) return;
    for (const record of this.records())
      if (!isTombstone(record, this.now)) this.dropRecord(record.state);
  }

  /**
   * The changes of a commit: the owner gets its next version and its new expiry, and remembers the
   * commit.
   */
  commit(commit: {
    commitId: string;
    outcomes: readonly WriteOutcome[];
    expiresAt: number;
    ended?: boolean;
  }): Changes {
    const { commitId, outcomes } = commit;
    const log = this.#found?.commits ?? this.#reader.noCommits;
    const ended = commit.ended ?? false;
    const alive = this.status !== "absent";
    // A tombstone counts from the end of the owner, so the end may also make the time earlier.
    const expiresAt =
      ended && this.status === "living"
        ? commit.expiresAt
        : Math.max(commit.expiresAt, this.expiresAt);
    return this.#changes({
      owner: this.name,
      born: alive && this.#found !== undefined ? this.#found.born : this.nextEpoch(),
      version: this.nextVersion,
      expiresAt,
      ended,
      bytes: this.#bytes,
      commits: log.with({ commitId, outcomes }),
      indexedAt: this.#found?.indexedAt ?? 0,
    });
  }

  /** The changes of housekeeping, which is no commit. Without `owner`, removes the owner too. */
  tidy(owner: OwnerEntry | undefined): Changes {
    return this.#changes(owner && { ...owner, bytes: this.#bytes });
  }

  #changes(owner: OwnerEntry | undefined): Changes {
    return {
      owner,
      records: this.#records,
      emptied: this.#emptied ?? NONE,
      values: this.#values,
      lastEpoch: this.#lastEpoch,
    };
  }
}
