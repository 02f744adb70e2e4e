/**
 * The store contract: where records live. Bytes in, bytes out: a store knows no codec, no class and no token.
 *
 * A record belongs to an owner (`b:<session id>`, `u:<hash>`, `t:<session id>:<tab>`) and has the name of a state.
 * It has an epoch (which of its lives this is), a version (the number of its last write) and attributes, each with the
 * version of the write that set it. Versions come from one counter per owner, so that "has anything of this owner
 * changed?" is one comparison.
 *
 * Every method may throw a PersistError with an `ERR_STORE_…` code; a failed read never looks like an empty one.
 * Times are milliseconds since the Unix epoch.
 */
export interface Store {
  /** What it is, for messages: "memory", "lmdb", … */
  readonly name: string;

  /** Whether other machines can reach it: then a secret must be given, since one made here would not be theirs. */
  readonly shared: boolean;

  /**
   * The record of `state`, or only what changed since `since` (deletions too), or nothing. A record of another epoch
   * than `since` names is given whole. What has expired is absent. Sees every commit acknowledged before the call, also by another process.
   */
  read(owner: string, state: string, since?: RecordPoint): Promise<ReadResult>;

  /**
   * The same at once, where the store can answer without waiting: it is on the way of every request, and a promise less there is
   * worth having. Optional.
   */
  readNow?(owner: string, state: string, since?: RecordPoint): ReadResult;

  /**
   * Applies the writes to records of one owner in one atomic step: after a crash all of them are there or none. A write
   * whose epoch or base does not hold is left out and reported; the others are applied. Creates owner and records where needed.
   * Extends the owner's expiry to `expiresAt` (never shortens it). A repeated `commitId` gives the first call's
   * results and changes nothing.
   */
  write(owner: string, writes: readonly RecordWrite[], options: WriteOptions): Promise<WriteResult>;

  /**
   * Ends the life of one record (`state`) or of the owner with all its records. Leaves a tombstone until `until`: later
   * writes that name the old epoch, or the ended owner, are refused. An ended owner stays ended; an ended record may be
   * created again, under a new epoch.
   */
  clear(owner: string, options: ClearOptions): Promise<ClearResult>;

  /** Extends the expiry of the owner and so of all its records; nothing where the owner is absent or ended. Never shortens. */
  touch(owner: string, expiresAt: number): Promise<void>;

  /** What is known of the owner, and the names of its living records, all of one moment. */
  owner(owner: string): Promise<OwnerInfo>;

  /** Removes up to `limit` expired owners, records and tombstones, as of `now`. Stores whose engine expires by itself answer 0. */
  sweep(options: SweepOptions): Promise<SweepResult>;

  /** Lists the living owners, in no particular order, without holding a lock or a long transaction. */
  sessions(): AsyncIterable<SessionInfo>;

  /**
   * Lists the owners that ended and whose tombstones must still be honoured, as `sessions` lists the living ones: whoever copies a store
   * takes them along, so that a dead token stays dead. Optional.
   */
  ended?(): AsyncIterable<EndedOwner>;

  /** Calls the listener after a commit (of any process) changed a record of the owner. Gives the function that stops it. */
  watch(owner: string, listener: (change: RecordChange) => void): Promise<() => void>;

  /** Waits for what is under way and lets go of everything. Later calls throw `ERR_STORE_CLOSED`. Closing twice is fine. */
  close(): Promise<void>;
}

/** A moment in the life of a record: what a reader has already seen. */
export interface RecordPoint {
  readonly epoch: number;
  readonly version: number;
}

/** Whether an owner is known. `ended` stays until its tombstone expires. */
export type OwnerStatus = "absent" | "living" | "ended";

export interface OwnerInfo {
  readonly owner: OwnerStatus;
  readonly version: number;
  readonly expiresAt: number;
  readonly states: readonly string[];
}

export interface ReadResult {
  readonly owner: OwnerStatus;
  /** When the owner expires; 0 where it is absent. */
  readonly expiresAt: number;
  /**
   * The epoch that a write must name: the living record's, else the last ended one's, else 0. Together with
   * `base: "absent"` it creates the record.
   */
  readonly epoch: number;
  readonly record: StoredRecord | undefined;
}

export interface StoredRecord extends RecordPoint {
  /** The class's `version` option at the last write that gave one. */
  readonly schema: number;
  /** The record's own expiry, where its last writes gave one. */
  readonly expiresAt?: number;
  /** True: all attributes. False: only those that changed after `since`. */
  readonly whole: boolean;
  readonly attributes: ReadonlyMap<string, StoredAttribute>;
}

export interface StoredAttribute {
  readonly version: number;
  /**
   * `undefined` is a deletion mark: the attribute has been deleted. Whole records have their marks too, since a class may
   * declare a default for the name. A store may forget the oldest beyond 64 of a record.
   */
  readonly bytes: Uint8Array | undefined;
}

export interface RecordWrite {
  readonly state: string;
  readonly epoch: number;
  /**
   * Without: the attributes merge into the living record. A version: only if that is still the record's version.
   * "absent": only if there is no living record; creates it.
   */
  readonly base?: number | "absent";
  readonly schema?: number;
  /**
   * An expiry of the record's own, earlier than the owner's (the class's `ttl`). Counts from each write that gives it; 0 takes it away,
   * and without it what an earlier write gave stays.
   */
  readonly expiresAt?: number;
  readonly set: ReadonlyMap<string, Uint8Array>;
  readonly remove?: readonly string[];
}

export interface WriteOptions {
  /** Unique per commit; given again only for a retry of the very same write. At most 64 characters. */
  readonly commitId: string;
  readonly expiresAt: number;
  /** Most bytes of attribute values that the owner may hold after the write; more is refused whole with `ERR_SESSION_TOO_LARGE`. */
  readonly maxBytes?: number;
}

export interface WriteResult {
  readonly owner: "living" | "ended";
  /** In the order of the writes. */
  readonly outcomes: readonly WriteOutcome[];
}

/** `conflict`: the base no longer holds. `ended`: the epoch named is over, or the owner is. */
export type WriteOutcome =
  | ({
      readonly outcome: "written";
      /** The record's version before this write, 0 where it was created: tells a writer whether it has missed another's. */
      readonly previous: number;
    } & RecordPoint)
  | { readonly outcome: "conflict" }
  | { readonly outcome: "ended" };

export interface ClearOptions {
  /** The record to end; without it, the owner with all its records. */
  readonly state?: string;
  readonly commitId: string;
  /** When the tombstone may be forgotten. */
  readonly until: number;
  /** Only if this is still the owner's version (so that a copy made of it is known to be complete). */
  readonly ifVersion?: number;
}

export interface ClearResult {
  readonly outcome: "cleared" | "conflict";
}

export interface SweepOptions {
  readonly now: number;
  readonly limit: number;
}

export interface SweepResult {
  readonly removed: number;
  /** Whether more is waiting to be removed. */
  readonly more: boolean;
}

export interface SessionInfo {
  readonly owner: string;
  readonly states: readonly string[];
  /** Bytes of attribute values. */
  readonly bytes: number;
  readonly expiresAt: number;
}

export interface EndedOwner {
  readonly owner: string;
  /** When the tombstone may be forgotten. */
  readonly until: number;
}

export interface RecordChange {
  readonly owner: string;
  /** The state that changed; undefined where the owner ended. */
  readonly state: string | undefined;
}
