import { tellLater } from "../tell.ts";
import { isLiving, type OwnerEntry, ownerStatus } from "../embedded/index.ts";
import type { RecordChange } from "../store.ts";
import type { LmdbShelf } from "./lmdb-shelf.ts";

/**
 * How often the number of the last transaction is read while there are watchers, in milliseconds.
 * One read takes microseconds.
 */
const INTERVAL = 50;

interface Watch {
  readonly owner: string;
  readonly listener: (change: RecordChange) => void;
  seen: Seen;
}

/** What a watcher last saw of its owner. */
interface Seen {
  /** The life and the version of the owner; empty if it is absent. */
  readonly mark: string;
  readonly ended: boolean;
  /** The versions of its living records. */
  readonly records: ReadonlyMap<string, string>;
}

/**
 * Tells watchers about commits of any process. Checks whether there was a commit at all, and then
 * reads the watched owners.
 */
export class Watchers {
  readonly #shelf: LmdbShelf;
  readonly #lastTransaction: () => number;
  readonly #watches = new Set<Watch>();
  #timer: NodeJS.Timeout | undefined;
  #transaction = 0;

  constructor(shelf: LmdbShelf, lastTransaction: () => number) {
    this.#shelf = shelf;
    this.#lastTransaction = lastTransaction;
  }

  add(owner: string, listener: (change: RecordChange) => void): () => void {
    if (this.#watches.size === 0) this.#transaction = this.#lastTransaction();
    const watch: Watch = { owner, listener, seen: this.#read(owner) };
    this.#watches.add(watch);
    this.#timer ??= setInterval(() => this.check(), INTERVAL).unref();
    return () => {
      this.#watches.delete(watch);
      if (this.#watches.size === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watches.clear();
  }

  /** Calls the listeners of the owners that changed since the last check. */
  check(): void {
    if (this.#watches.size === 0) return;
    try {
      this.#checkAll();
    } catch {
      // Every reader of this store gets the error itself. A watcher has no caller to tell, so it
      // just checks again.
    }
  }

  #checkAll(): void {
    const transaction = this.#lastTransaction();
    if (transaction === this.#transaction) return;
    this.#transaction = transaction;
    for (const watch of this.#watches) {
      const before = watch.seen;
      watch.seen = this.#read(watch.owner, before);
      for (const state of changedStates(before, watch.seen)) {
        const { owner, listener } = watch;
        tellLater(this.#watches, watch, listener, { owner, state });
      }
    }
  }

  #read(owner: string, before?: Seen): Seen {
    const entry = this.#shelf.owner(owner);
    const status = ownerStatus(entry, Date.now());
    const mark = status === "absent" ? "" : markOf(entry);
    // Most checks are due to another owner's commit. Then this owner's records need no reading.
    if (before !== undefined && before.mark === mark) return before;
    const records = new Map<string, string>();
    if (status === "living") {
      for (const record of this.#shelf.records(owner)) {
        if (isLiving(record, Date.now()))
          records.set(record.state, `${record.epoch}:${record.version}`);
      }
    }
    return { mark, ended: status === "ended", records };
  }
}

function markOf(entry: OwnerEntry | undefined): string {
  return entry === undefined ? "" : `${entry.born}:${entry.version}`;
}

/**
 * The states that differ, or just `undefined` if the owner ended. An expiry is not a commit, so
 * watchers are not told about it.
 */
function changedStates(before: Seen, after: Seen): (string | undefined)[] {
  if (after.mark === "" || after.mark === before.mark) return [];
  if (after.ended) return before.ended ? [] : [undefined];
  const changed: string[] = [];
  for (const [state, version] of after.records)
    if (before.records.get(state) !== version) changed.push(state);
  for (const state of before.records.keys()) if (!after.records.has(state)) changed.push(state);
  return changed;
}
