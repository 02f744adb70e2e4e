import { type Store } from "../../src/store/store.ts";
import { createSessions, type Sessions } from "../../src/sessions/sessions.ts";
import type { Session } from "../../src/sessions/session.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";
import { memoryStore } from "../../src/store/memory.ts";

/** A real store that counts what is asked of it, and can be made to fail. */
export interface CountingStore extends Store {
  reads: number;
  writes: number;
  touches: number;
  clears: number;
  /** The error that the next calls of the named method throw. */
  failing: Partial<Record<"read" | "write" | "touch" | "clear", Error>>;
}

export function countingStore(inner: Store = memoryStore()): CountingStore {
  const store: CountingStore = {
    name: inner.name,
    shared: inner.shared,
    reads: 0,
    writes: 0,
    touches: 0,
    clears: 0,
    failing: {},
    read: async (...args) => {
      store.reads++;
      if (store.failing.read) throw store.failing.read;
      return await inner.read(...args);
    },
    write: async (...args) => {
      store.writes++;
      if (store.failing.write) throw store.failing.write;
      return await inner.write(...args);
    },
    touch: async (...args) => {
      store.touches++;
      if (store.failing.touch) throw store.failing.touch;
      await inner.touch(...args);
    },
    clear: async (...args) => {
      store.clears++;
      if (store.failing.clear) throw store.failing.clear;
      return await inner.clear(...args);
    },
    owner: async (owner) => await inner.owner(owner),
    sweep: async (options) => await inner.sweep(options),
    sessions: () => inner.sessions(),
    watch: async (...args) => await inner.watch(...args),
    close: async () => await inner.close(),
  };
  return store;
}

/** Warnings are collected, not printed; everything else as in an app. */
export interface Fixture {
  readonly sessions: Sessions;
  readonly store: CountingStore;
  readonly warnings: string[];
  /** A second process: the same store and secret, nothing else in common. */
  readonly other: (options?: SessionsOptions) => Sessions;
}

const SECRET = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";

export function fixture(options: SessionsOptions = {}, inner?: Store): Fixture {
  const store = countingStore(inner);
  const warnings: string[] = [];
  const log = (line: string) => void warnings.push(line);
  const make = (more: SessionsOptions = {}) =>
    createSessions({ store, secret: SECRET, sweepInterval: false, log, ...options, ...more });
  return { sessions: make(), store, warnings, other: make };
}

/** The same, with a new session. */
export async function opened(
  options: SessionsOptions = {},
  inner?: Store,
): Promise<Fixture & { readonly session: Session }> {
  const made = fixture(options, inner);
  return { ...made, session: await made.sessions.open() };
}

/**
 * Has another process write each time just before a move ends the old session, so that each of
 * these rounds fails.
 */
export function busy(
  store: Store,
  there: Session,
  rounds: ReadonlyArray<() => Promise<void>>,
): void {
  const clear = store.clear.bind(store);
  const left = [...rounds];
  store.clear = async (owner, options) => {
    const round = options.state === undefined ? left.shift() : undefined;
    if (round !== undefined) await there.run(round);
    return await clear(owner, options);
  };
}

/** A promise that a test resolves when it wants. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
