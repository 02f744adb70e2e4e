// Sessions in one LMDB directory, seen by one process: node stored-worker.ts <directory>
// <cacheBytes>. Does what it is told by process messages, and answers each.
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { importLibrary, type Library, type LmdbStore } from "./library.ts";

/** What a worker can be told to do. */
export type Task =
  | { readonly do: "fill"; readonly count: number }
  | { readonly do: "visit"; readonly count: number; readonly change: boolean }
  | { readonly do: "sweep"; readonly count: number }
  | { readonly do: "heap" }
  | { readonly do: "close" };

export interface TaskResult {
  /** Milliseconds until each visited session's state was there. */
  readonly restore?: readonly number[];
  /** Milliseconds of each commit of one changed attribute. */
  readonly commit?: readonly number[];
  /** Milliseconds of the whole task: filling or sweeping. */
  readonly milliseconds?: number;
  /** Bytes in use after a full collection. */
  readonly heap?: number;
}

class Profile {
  name = "";
  theme = "light";
  visits = 0;
}

// Sessions that are created at the same time, so that the store can write many in one transaction.
const AT_ONCE = 500;

const [directory = "", cacheBytes = "0"] = process.argv.slice(2);
const { createSessions, persist } = await importLibrary<Library>("index.js");
const { openLmdbStore } = await importLibrary<LmdbStore>("store/lmdb.js");
persist("profile", Profile);
const store = await openLmdbStore({ path: join(directory, "store") });
const options = { store, stateDir: directory, sweepInterval: false as const };
// Kept as long as any, so that no visit has to renew the expiry: the commit is measured, not the
// renewal.
const sessions = createSessions({
  ...options,
  cacheBytes: Number(cacheBytes),
  newSessionTtl: "40d",
});
const shortLived = createSessions({ ...options, cacheBytes: 0, newSessionTtl: 1 });
// The tokens lie in a file: a million of them in memory would hide what the library itself holds.
const tokens = openSync(join(directory, "tokens"), "a+");
const tokenBytes = sessions.open().then(({ token }) => token.length);

process.on("disconnect", () => process.exit(0));
process.on("message", (task: Task) => {
  void perform(task).then((result) => process.send?.(result));
});
process.send?.({});

async function perform(task: Task): Promise<TaskResult> {
  switch (task.do) {
    case "fill":
      return await timed(async () => await create(task.count, sessions, true));
    case "visit":
      return await visit(task.count, task.change);
    case "sweep":
      await create(task.count, shortLived, false);
      await delay(1100);
      return await timed(async () => {
        const removed = await shortLived.sweep();
        if (removed < task.count) throw new Error(`Only ${String(removed)} were swept.`);
      });
    case "heap":
      globalThis.gc?.();
      return { heap: process.memoryUsage().heapUsed };
    case "close":
      closeSync(tokens);
      await store.close();
      return {};
  }
}

async function create(count: number, by: typeof sessions, keep: boolean): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const made = await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - done) }, async (_, at) => {
        const session = await by.open();
        await session.run(async () => {
          const profile = await session.restore(Profile);
          profile.name = `Visitor ${done + at}`;
          profile.visits = 1;
        });
        return session.token;
      }),
    );
    if (keep) writeSync(tokens, made.join(""));
  }
}

async function visit(count: number, change: boolean): Promise<TaskResult> {
  const restore: number[] = [];
  const commit: number[] = [];
  for (let done = 0; done < count; done++) {
    const token = await randomToken();
    const started = performance.now();
    const session = await sessions.open(token);
    await session.run(async () => {
      const profile = await session.restore(Profile);
      const { visits } = profile;
      restore.push(performance.now() - started);
      if (visits === 0) throw new Error("A stored session was not found.");
      if (!change) return;
      profile.visits = visits + 1;
      const changed = performance.now();
      await session.commit();
      commit.push(performance.now() - changed);
    });
  }
  return { restore, commit };
}

async function randomToken(): Promise<string> {
  const length = await tokenBytes;
  const count = fstatSync(tokens).size / length;
  const buffer = Buffer.alloc(length);
  readSync(tokens, buffer, 0, length, Math.floor(Math.random() * count) * length);
  return buffer.toString();
}

async function timed(work: () => Promise<void>): Promise<TaskResult> {
  const started = performance.now();
  await work();
  return { milliseconds: performance.now() - started };
}
