import { setImmediate as nextTurn } from "node:timers/promises";
import { PersistError } from "../errors.ts";
import { checkCommitId } from "./refusals.ts";
import {
  livingStates,
  ownerInfo,
  ownerStatus,
  type Plan,
  planClear,
  planWrite,
  readResult,
} from "./embedded/index.ts";
import { type Environment, openEnvironment } from "./lmdb/environment.ts";
import { storeError } from "./lmdb/failures.ts";
import { LmdbShelf } from "./lmdb/lmdb-shelf.ts";
import { SizeLimit } from "./lmdb/size-limit.ts";
import { sweepStep } from "./lmdb/sweep.ts";
import { Transactions } from "./lmdb/transactions.ts";
import { Watchers } from "./lmdb/watchers.ts";
import type { ReadResult, RecordPoint, Store } from "./store.ts";

/** Options of `openLmdbStore`. */
export interface LmdbStoreOptions {
  /** The directory; created if it does not exist. */
  readonly path: string;
  /**
   * When a commit is acknowledged. `process` (the default): when it survives the end of every
   * process, even by SIGKILL. A power cut may lose the last moments, never more. `disk`: when it is
   * on the disk.
   */
  readonly durability?: "process" | "disk";
  /**
   * The most bytes of stored data. Beyond it, commits that need room fail with `ERR_STORE_FULL`;
   * commits that only remove do not. The file itself can be larger, by space that LMDB will reuse.
   * Default: only the disk is the limit.
   */
  readonly maxSize?: number;
}

/**
 * How many entries one transaction of a sweep, or one step of a listing, reads. Other calls wait
 * for it, so it is small.
 */
const STEP = 100;

/**
 * Opens the embedded store in a directory. Several processes of one machine may open it at once.
 * @throws PersistError `ERR_STORE_READ_ONLY`, `ERR_STORE_FORMAT`, `ERR_STORE_CORRUPT`,
 * `ERR_STORE_SHARED`, `ERR_OPTION_INVALID`
 * @example
 * ```ts
 * import { createSessions } from "persist-session";
 * import { openLmdbStore } from "persist-session/store/lmdb";
 *
 * const store = await openLmdbStore({ path: "./sessions", durability: "disk" });
 * const sessions = createSessions({ store, stateDir: "./sessions" });
 * await sessions.close();
 * ```
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const { path, durability = "process", maxSize } = options;
  if (typeof path !== "string" || path === "") {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      'The LMDB store needs a directory: { path: ".persist-session" }.',
    );
  }
  if (durability !== "process" && durability !== "disk") {
    throw new PersistError("ERR_OPTION_INVALID", 'The option durability is "process" or "disk".');
  }
  if (maxSize !== undefined && !(maxSize > 0)) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "The option maxSize is a number of bytes above 0.",
    );
  }
  return lmdbStore(await openEnvironment(path), durability, maxSize);
}

function lmdbStore(
  environment: Environment,
  durability: "process" | "disk",
  maxSize: number | undefined,
): Store {
  const { database, path } = environment;
  const shelf = new LmdbShelf(database, path);
  const room = new SizeLimit(database, path, maxSize);
  const watchers = new Watchers(shelf, () => {
    database.resetReadTxn();
    return (database.getStats() as { lastTxnId: number }).lastTxnId;
  });
  const transactions = new Transactions(environment, {
    flush: durability === "disk",
    committed: () => watchers.check(),
  });
  let closing: Promise<void> | undefined;

  const checkOpen = (): void => {
    if (closing === undefined) return;
    throw new PersistError("ERR_STORE_CLOSED", `The LMDB store ${path} is closed. Open it again.`);
  };

  /** Reads the present state: LMDB's own snapshot would last for a whole turn of the event loop. */
  const inSnapshot = <Result>(read: () => Result): Result => {
    checkOpen();
    try {
      database.resetReadTxn();
      return read();
    } catch (error) {
      throw storeError(error, path);
    }
  };

  const transact = async <Result>(work: () => Result): Promise<Result> => {
    checkOpen();
    return await transactions.run(work);
  };
  // Not async functions: every additional promise in a commit costs measurable time.
  const change = <Result>(
    commitId: string,
    owner: string,
    plan: () => Plan<Result>,
  ): Promise<Result> => {
    try {
      checkCommitId(commitId);
      checkOpen();
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a PersistError
      return Promise.reject(error);
    }
    return transactions.run(() => {
      const { result, changes } = plan();
      if (changes !== undefined) {
        room.check(changes, () => shelf.owner(owner)?.bytes);
        shelf.apply(owner, changes);
      }
      return result;
    });
  };

  const readNow = (owner: string, state: string, since?: RecordPoint): ReadResult =>
    inSnapshot(() => {
      const load = (name: string, size: number): Uint8Array =>
        shelf.value(owner, state, name, size);
      const now = Date.now();
      const { owner: found, record } = shelf.glance(owner, state, now);
      return readResult(found, record, since, now, load);
    });

  return {
    name: "lmdb",
    shared: false,
    bindsVersions: true,
    read: async (owner, state, since) => readNow(owner, state, since),
    readNow,
    write: (owner, writes, writeOptions) =>
      change(writeOptions.commitId, owner, () =>
        planWrite(shelf, owner, writes, writeOptions, Date.now()),
      ),
    clear: (owner, clearOptions) =>
      change(clearOptions.commitId, owner, () => planClear(shelf, owner, clearOptions, Date.now())),
    async touch(owner, expiresAt) {
      const shorter = (): boolean => {
        const entry = shelf.owner(owner);
        return ownerStatus(entry, Date.now()) === "living" && (entry?.expiresAt ?? 0) < expiresAt;
      };
      if (!inSnapshot(shorter)) return;
      await transact(() => {
        const entry = shelf.owner(owner);
        if (entry !== undefined && shorter()) shelf.putOwner({ ...entry, expiresAt });
      });
    },
    async owner(owner) {
      return inSnapshot(() => ownerInfo(shelf.owner(owner), shelf.records(owner), Date.now()));
    },
    async sweep({ now, limit }) {
      const due = (): boolean => inSnapshot(() => shelf.expired(now, 1).length > 0);
      let removed = 0;
      let left = limit;
      while (left > 0 && due()) {
        const step = await transact(() => sweepStep(shelf, now, Math.min(STEP, left)));
        removed += step.removed;
        left -= step.seen;
        await nextTurn();
      }
      return { removed, more: due() };
    },
    async *sessions() {
      let last: string | undefined;
      for (;;) {
        const step = inSnapshot(() =>
          shelf
            .ownersAfter(last, STEP)
            .map((entry) => ({ entry, records: shelf.records(entry.owner) })),
        );
        for (const { entry, records } of step) {
          if (ownerStatus(entry, Date.now()) !== "living") continue;
          const states = livingStates(records, Date.now());
          yield { owner: entry.owner, states, bytes: entry.bytes, expiresAt: entry.expiresAt };
        }
        last = step.at(-1)?.entry.owner;
        if (last === undefined) return;
        await nextTurn();
      }
    },
    async *ended() {
      for (let last: string | undefined; ;) {
        const step = inSnapshot(() => shelf.ownersAfter(last, STEP));
        for (const entry of step) {
          if (ownerStatus(entry, Date.now()) === "ended")
            yield { owner: entry.owner, until: entry.expiresAt };
        }
        last = step.at(-1)?.owner;
        if (last === undefined) return;
        await nextTurn();
      }
    },
    async watch(owner, listener) {
      return inSnapshot(() => watchers.add(owner, listener));
    },
    async close() {
      closing ??= (async () => {
        watchers.stop();
        await transactions.settled();
        await environment.release();
      })();
      await closing;
    },
  };
}
