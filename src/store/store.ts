/**
 * The store contract: where records live. Bytes in, bytes out: a store knows no codec, no class and
 * no token.
 *
 * A record belongs to an owner (`b:<session id>`, `u:<hash>`, `t:<session id>:<tab>`) and has the
 * name of a state. It has an epoch (which of its lives this is), a version (the number of its last
 * write) and attributes, each with the version of the write that set it. Versions come from one
 * counter per owner, so that "has anything of this owner changed?" is one comparison.
 *
 * Every method may throw a PersistError with an `ERR_STORE_…` code; a failed read never looks like
 * an empty one. Times are milliseconds since the Unix epoch.
 */
export interface Store {
  /** What it is, for messages: "memory", "lmdb", … */
  readonly name: string;

  /**
   * Whether other machines can reach it. If so, the app must give a secret: the other machines
   * would not have one that is made here.
   */
  readonly shared: boolean;

  /**
   * Gives the record of `state`, or only what changed since `since` (deletions too), or nothing. If
   * the record is of another epoch than `since`, gives it whole. Expired records count as absent.
   * Sees every commit that was acknowledged before the call, even by another process.
   */
  read(owner: string, state: string, since?: RecordPoint): Promise<ReadResult>;

  /**
   * Like `read`, but synchronous, for stores that can answer without waiting. Optional. Every
   * request reads, so one promise less saves time.
   */
  readNow?(owner: string, state: string, since?: RecordPoint): ReadResult;

  /**
   * Whether `write` calls `bind` of its writes: for stores that know the version before they store.
   * Optional.
   */
  readonly bindsVersions?: boolean;

  /**
   * Applies the writes to records of one owner in one atomic step: after a crash either all are
   * there or none. Leaves out and reports a write whose epoch or base does not hold, and applies
   * the others. Creates the owner and its records if needed. Extends the owner's expiry to
   * `expiresAt`, and never shortens it. A repeated `commitId` gives the results of the first call
   * and changes nothing.
   */
  write(owner: string, writes: readonly RecordWrite[], options: WriteOptions): Promise<WriteResult>;

  /**
   * Ends the life of one record (`state`), or of the owner with all its records. Leaves a tombstone
   * until `until`, which refuses later writes that name the old epoch or the ended owner. An ended
   * owner stays ended. An ended record may be created again under a new epoch.
   */
  clear(owner: string, options: ClearOptions): Promise<ClearResult>;

  /**
   * Extends the expiry of the owner and so of all its records; never shortens it. Does nothing if
   * the owner is absent or ended.
   */
  touch(owner: string, expiresAt: number): Promise<void>;

  /**
   * Gives the status of the owner and the names of its living records, as one consistent snapshot.
   */
  owner(owner: string): Promise<OwnerInfo>;

  /**
   * Removes up to `limit` owners, records and tombstones that have expired at `now`. Answers 0 if
   * the engine expires them itself.
   */
  sweep(options: SweepOptions): Promise<SweepResult>;

  /**
   * Lists the living owners, in no particular order, without holding a lock or a long transaction.
   */
  sessions(): AsyncIterable<SessionInfo>;

  /**
   * Lists the ended owners whose tombstones must still be honoured, as `sessions` lists the living
   * ones. Optional. A copy of a store needs them, or dead tokens would come back to life.
   */
  ended?(): AsyncIterable<EndedOwner>;

  /**
   * Calls the listener after any process has committed a change to a record of the owner. Gives the
   * function that stops it.
   */
  watch(owner: string, listener: (change: RecordChange) => void): Promise<() => void>;

  /**
   * Waits for calls under way, then releases everything. Later calls throw `ERR_STORE_CLOSED`.
   * Closing twice is fine.
   */
  close(): Promise<void>;
}

/** A moment in the life of a record: what a reader has already seen. */
export interface RecordPoint {
  /** Which of the record's lives this is. */
  readonly epoch: number;
  /** The number of the record's last write. */
  readonly version: number;
}

/** Whether an owner is known. `ended` stays until its tombstone expires. */
export type OwnerStatus = "absent" | "living" | "ended";

/** An owner at one moment. */
export interface OwnerInfo {
  /** Whether the owner lives, has ended or is absent. */
  readonly owner: OwnerStatus;
  /** The number of the owner's last write; 0 if it is absent. */
  readonly version: number;
  /** When the owner expires; 0 if it is absent. */
  readonly expiresAt: number;
  /** The names of its living records, in no particular order. */
  readonly states: readonly string[];
}

/** What `read` gives. */
export interface ReadResult {
  /** Whether the owner lives, has ended or is absent. */
  readonly owner: OwnerStatus;
  /** When the owner expires; 0 if it is absent. */
  readonly expiresAt: number;
  /**
   * The epoch that a write must name: the living record's, else the last ended one's,
   * else 0. Together with `base: "absent"` it creates the record.
   */
  readonly epoch: number;
  /**
   * The record, or what changed in it; undefined if it is absent or nothing changed since `since`.
   */
  readonly record: StoredRecord | undefined;
}

/** A living record, or what changed in it. */
export interface StoredRecord extends RecordPoint {
  /** The class's `version` option at the last write that gave one. */
  readonly schema: number;
  /** The record's own expiry, if its last writes gave one. */
  readonly expiresAt?: number;
  /** True: all attributes. False: only those that changed after `since`. */
  readonly whole: boolean;
  /** The attributes by name, deletion marks included. */
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
}

/** One attribute of a record. */
export interface StoredAttribute {
  /** The number of the write that set it. */
  readonly version: number;
  /**
   * `undefined` is a deletion mark: the attribute has been deleted. Whole records carry their marks
   * too, since a class may declare a default for the name. A store may forget the oldest marks of a
   * record beyond 64.
   */
  readonly bytes: Uint8Array | undefined;
}

/** What to change in one record. */
export interface RecordWrite {
  /** The record's name. */
  readonly state: string;
  /** The life of the record that the write is meant for. A write for another one is refused. */
  readonly epoch: number;
  /**
   * Undefined: the attributes merge into the living record. A version: the write happens only if
   * this is still the record's version. "absent": the write happens only if there is no living
   * record, and creates it.
   */
  readonly base?: number | "absent";
  /** The class's `version` option. Undefined leaves what an earlier write gave. */
  readonly schema?: number;
  /**
   * An expiry of the record's own, earlier than the owner's (the class's `ttl`). Counts from each
   * write that gives it; 0 removes it. Undefined leaves what an earlier write gave.
   */
  readonly expiresAt?: number;
  /** The attributes to set, by name. */
  readonly set: ReadonlyMap<string, Uint8Array>;
  /**
   * Gives what to store instead of `set`, under the same names, once epoch and version of the
   * write are known. Only for stores with `bindsVersions`, which may call it more than once.
   * It must not wait: others wait for the write.
   */
  readonly bind?: (point: RecordPoint) => ReadonlyMap<string, Uint8Array>;
  /** The attributes to delete. */
  readonly remove?: readonly string[];
}

/** What holds for all writes of one `write`. */
export interface WriteOptions {
  /** Unique per commit; repeated only to retry the very same write. At most 64 characters. */
  readonly commitId: string;
  /** When the owner expires. A time before its present expiry changes nothing. */
  readonly expiresAt: number;
  /**
   * The most bytes of attribute values that the owner may hold after the write. A larger commit
   * fails whole with `ERR_SESSION_TOO_LARGE`. Default: no limit.
   */
  readonly maxBytes?: number;
}

/** What `write` has done. */
export interface WriteResult {
  /** Whether the owner lives. `ended`: nothing was written. */
  readonly owner: "living" | "ended";
  /** One outcome for each write, in the same order. */
  readonly outcomes: readonly WriteOutcome[];
}

/** `conflict`: the base no longer holds. `ended`: the epoch or the owner has ended. */
export type WriteOutcome =
  | ({
      readonly outcome: "written";
      /**
       * The record's version before this write; 0 if this write created it. Tells a writer whether
       * it has missed another write.
       */
      readonly previous: number;
    } & RecordPoint)
  | { readonly outcome: "conflict" }
  | { readonly outcome: "ended" };

/** What to end, and when its tombstone may go. */
export interface ClearOptions {
  /** The record to end. Default: the owner with all its records. */
  readonly state?: string;
  /** Unique per call, as for `write`. */
  readonly commitId: string;
  /** When the tombstone may be forgotten. */
  readonly until: number;
  /**
   * Clears only if this is still the owner's version, which proves that a copy made of it is
   * complete. Default: clears at any version.
   */
  readonly ifVersion?: number;
}

/** What `clear` has done. */
export interface ClearResult {
  /** `conflict`: `ifVersion` no longer holds, and nothing was changed. */
  readonly outcome: "cleared" | "conflict";
}

/** How much to remove. */
export interface SweepOptions {
  /** What has expired at this time goes. */
  readonly now: number;
  /** The most entries to remove in this call. */
  readonly limit: number;
}

/** What a sweep has removed. */
export interface SweepResult {
  /** How many owners, records and tombstones were removed. */
  readonly removed: number;
  /** Whether there is more to remove. */
  readonly more: boolean;
}

/** A living owner and what it holds. */
export interface SessionInfo {
  /** The owner: `b:<session id>`, `u:<hash>` or `t:<session id>:<tab>`. */
  readonly owner: string;
  /** The names of its living records. */
  readonly states: readonly string[];
  /** Bytes of attribute values. */
  readonly bytes: number;
  /** When it expires, if it is not used again. */
  readonly expiresAt: number;
}

/** An owner that has ended, while its tombstone lasts. */
export interface EndedOwner {
  /** The owner, as in `SessionInfo`. */
  readonly owner: string;
  /** When the tombstone may be forgotten. */
  readonly until: number;
}

/** What a watcher is told. */
export interface RecordChange {
  /** The owner whose record changed. */
  readonly owner: string;
  /** The state that changed; undefined if the owner ended. */
  readonly state: string | undefined;
}
