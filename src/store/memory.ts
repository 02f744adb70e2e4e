import { tellLater } from "./tell.ts";
import { PersistError } from "../errors.ts";
import { checkCommitId } from "./refusals.ts";
import {
  type Changes,
  livingStates,
  MemoryShelf,
  ownerInfo,
  ownerStatus,
  planClear,
  planSweepOwner,
  planSweepRecord,
  planWrite,
  readResult,
} from "./embedded/index.ts";
import type { RecordChange, Store } from "./store.ts";

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /** The clock, in milliseconds since the Unix epoch; for tests. Default: `Date.now`. */
  readonly now?: () => number;
}

/**
 * Opens a store in the memory of this process: for tests, and for apps whose state may survive a
 * reload but not a restart. Copies bytes on their way in and out.
 *
 * @example
 * ```ts
 * import { createSessions } from "persist-session";
 * import { memoryStore } from "persist-session/store/memory";
 *
 * const sessions = createSessions({ store: memoryStore() });
 * await sessions.close();
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const now = options.now ?? Date.now;
  const shelf = new MemoryShelf();
  const listeners = new Map<string, Set<(change: RecordChange) => void>>();
  let closed = false;

  const open = (): void => {
    if (closed)
      throw new PersistError("ERR_STORE_CLOSED", "The memory store is closed. Open a new one.");
  };
  const apply = (owner: string, changes: Changes | undefined): void => {
    if (changes === undefined) return;
    shelf.apply(owner, changes);
    const watching = listeners.get(owner);
    if (watching === undefined) return;
    const states = changes.owner?.ended ? [undefined] : changes.records.keys();
    for (const state of states) {
      for (const listener of watching) tellLater(watching, listener, listener, { owner, state });
    }
  };

  return {
    name: "memory",
    shared: false,
    bindsVersions: true,
    async read(owner, state, since) {
      open();
      const load = (name: string): Uint8Array => shelf.value(owner, state, name);
      return readResult(shelf.owner(owner), shelf.record(owner, state), since, now(), load);
    },
    async write(owner, writes, writeOptions) {
      open();
      checkCommitId(writeOptions.commitId);
      const { result, changes } = planWrite(shelf, owner, writes, writeOptions, now());
      apply(owner, changes);
      return result;
    },
    async clear(owner, clearOptions) {
      open();
      checkCommitId(clearOptions.commitId);
      const { result, changes } = planClear(shelf, owner, clearOptions, now());
      apply(owner, changes);
      return result;
    },
    async touch(owner, expiresAt) {
      open();
      shelf.touch(owner, expiresAt, now());
    },
    async owner(owner) {
      open();
      return ownerInfo(shelf.owner(owner), shelf.records(owner), now());
    },
    async sweep({ now: asOf, limit }) {
      open();
      let removed = 0;
      for (const step of shelf.due(asOf)) {
        if (removed >= limit) return { removed, more: true };
        const { owner, state } = step;
        const plan =
          state === undefined
            ? planSweepOwner(shelf, owner, asOf)
            : planSweepRecord(shelf, owner, state, asOf);
        if (plan.changes === undefined) continue;
        shelf.apply(owner, plan.changes);
        removed += plan.removed;
      }
      return { removed, more: false };
    },
    async *sessions() {
      open();
      for (const { owner, entry } of shelf.owners()) {
        if (ownerStatus(entry, now()) !== "living") continue;
        const states = livingStates(shelf.records(owner), now());
        yield { owner, states, bytes: entry.bytes, expiresAt: entry.expiresAt };
      }
    },
    async *ended() {
      open();
      for (const { owner, entry } of shelf.owners())
        if (ownerStatus(entry, now()) === "ended") yield { owner, until: entry.expiresAt };
    },
    async watch(owner, listener) {
      open();
      const watching = listeners.get(owner) ?? new Set();
      listeners.set(owner, watching);
      // A new function each time: one listener may watch twice.
      const own = (change: RecordChange): void => listener(change);
      watching.add(own);
      return () => {
        watching.delete(own);
        if (watching.size === 0 && listeners.get(owner) === watching) listeners.delete(owner);
      };
    },
    async close() {
      closed = true;
      shelf.clear();
      for (const watching of listeners.values()) watching.clear();
      listeners.clear();
    },
  };
}
