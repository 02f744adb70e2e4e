import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { SealedStore } from "../../src/sealing/sealed-store.ts";
import { createSessions } from "../../src/sessions/sessions.ts";
import { persist } from "../../src/state/persist.ts";
import { parseStoreUrl } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { until } from "../support/until.ts";
import { newDirectory } from "../store/fixtures/directory.ts";
import { type PostgresServer, startPostgres } from "../store/fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { command, persistSession } from "./command.ts";

const secret = "Zk3vQ8wYt1pLrXn6CdMbGs5HjAeUf0I2";
// The command reads sealed values, as its user would let it.
process.env["PERSIST_SESSION_SECRET"] = secret;

@persist("copied-state")
class CopiedState {
  text = "é\0€";
  big = new Uint8Array(100_000).map((_, at) => at % 256);
  when = new Date(0);
  optional?: string = "to be deleted";
}

@persist("short-lived", { ttl: "1h" })
class ShortLived {
  count = 1;
}

let redis: RedisServer;
let postgres: PostgresServer;
const directory = newDirectory();
before(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
});
after(async () => {
  directory.remove();
  await Promise.all([redis.remove(), postgres.remove()]);
});

interface Report {
  readonly [name: string]: unknown;
  readonly checksum: { readonly source: string; readonly target: string };
}

async function copy(from: string, to: string, ...more: string[]): Promise<Report> {
  const args = ["copy", "--from", from, "--to", to, "--json", ...more];
  const { code, stdout, stderr } = await persistSession(args);
  const report = JSON.parse(stdout === "" ? "{}" : stdout) as Report;
  assert.equal(code, report["ok"] === true ? 0 : 1, stderr);
  return report;
}

/**
 * A store with sessions of every kind. @returns the token of one that lives, and of one that ended
 */
async function fill(store: string, count: number): Promise<{ living: string; dead: string }> {
  const sessions = createSessions({ store, secret, sweepInterval: false });
  let [living, dead] = ["", ""];
  for (let at = 0; at < count; at++) {
    const session = await sessions.open();
    await session.run(async () => {
      const state = await session.restore(CopiedState);
      state.when = new Date(at);
      (await session.restore(ShortLived)).count = at + 2;
      await session.commit();
      delete state.optional;
    });
    if (at === 0) {
      dead = session.token;
      await session.run(async () => await session.rotate());
      living = session.token;
    }
  }
  await sessions.close();
  return { living, dead };
}

async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await parseStoreUrl(url).open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

test("copy takes everything along from LMDB to Redis, PostgreSQL and back, and dead tokens stay dead", async () => {
  const stores = [`lmdb:${directory.path}/a`, redis.url, postgres.url, `lmdb:${directory.path}/b`];
  const { living, dead } = await fill(stores[0] ?? "", 12);
  const sums = new Set<string>();
  for (const [at, to] of stores.slice(1).entries()) {
    const from = stores[at] ?? "";
    const report = await copy(from, to);
    assert.deepEqual(
      [
        report["owners"],
        report["copied"],
        report["records"],
        report["tombstones"],
        report["failed"],
      ],
      [12, 12, 24, 1, []],
    );
    sums.add(report.checksum.source).add(report.checksum.target);
    const again = await copy(from, to);
    assert.deepEqual([again["copied"], again["same"]], [0, 12]);
  }
  assert.equal(sums.size, 1);

  for (const store of stores) {
    const sessions = createSessions({ store, secret, sweepInterval: false });
    const session = await sessions.open(living);
    assert.equal(session.token, living);
    await session.run(async () => {
      const state = await session.peek(CopiedState);
      assert.equal(state.text, "é\0€");
      assert.equal(state.big[1000], 1000 % 256);
      assert.deepEqual(state.when, new Date(0));
      // A deletion mark: the default of the class must not come back.
      assert.equal("optional" in state, false);
    });
    const late = await sessions.open(dead);
    assert.notEqual(late.token, dead);
    await sessions.close();
  }
  const [first, ...others] = await Promise.all(
    stores.map(
      async (url) =>
        await withStore(url, async (store) => {
          const { record, expiresAt } = await store.read(
            `b:${living.split(".")[0]}`,
            "short-lived",
          );
          return { expiresAt, own: record?.expiresAt };
        }),
    ),
  );
  assert.ok(first?.own);
  for (const other of others) assert.deepEqual(other, first);
});

test("copy leaves what differs in the target, and says so, until it is told to overwrite", async () => {
  const [from, to] = [`lmdb:${directory.path}/c`, `lmdb:${directory.path}/d`];
  const { living } = await fill(from, 3);
  await copy(from, to);
  const owner = `b:${living.split(".")[0]}`;
  const text = new Map([["text", Buffer.from('J"newer"')]]);
  await withStore(to, async (store) => {
    const { epoch } = await store.read(owner, "copied-state");
    await store.write(owner, [{ state: "copied-state", epoch, set: text }], {
      commitId: randomUUID(),
      expiresAt: Date.now() + 1e9,
    });
  });
  const textIn = async (url: string) =>
    await withStore(url, async (stored) => {
      const store = new SealedStore(stored, { ring: new KeyRing(secret) });
      const { record } = await store.read(owner, "copied-state");
      return Buffer.from(record?.attributes.get("text")?.bytes ?? []).toString();
    });
  const kept = await copy(from, to);
  assert.deepEqual([kept["ok"], kept["kept"], kept["same"]], [false, 1, 2]);
  assert.equal(await textIn(to), 'J"newer"');
  const overwritten = await copy(from, to, "--overwrite");
  assert.deepEqual([overwritten["ok"], overwritten["copied"]], [true, 1]);
  assert.equal(await textIn(to), await textIn(from));
});

test("copy goes on where it was broken off when it is run again", async () => {
  const from = `lmdb:${directory.path}/e`;
  await fill(from, 150);
  const url = await postgres.newDatabase();
  const args = [...command, "copy", "--from", from, "--to", url];
  const child = spawn(process.execPath, args, { stdio: "ignore", cwd: join(import.meta.dirname) });
  const closed = once(child, "close");
  await withStore(url, async (store) => {
    await until("some are copied", async () => {
      let count = 0;
      for await (const _session of store.sessions()) count++;
      return count > 5;
    });
    child.kill("SIGKILL");
    await closed;
    // A session is there as a whole or not at all.
    for await (const { states } of store.sessions()) assert.equal(states.length, 2);
  });
  const report = await copy(from, url);
  assert.deepEqual([report["ok"], report["owners"]], [true, 150]);
  assert.ok((report["same"] as number) > 0);
  assert.equal(report.checksum.source, report.checksum.target);
});

test("copy says what is wrong when a store is missing or named twice", async () => {
  const [there, missing] = [`lmdb:${directory.path}/a`, "lmdb:./no-such-place"];
  for (const [args, code, message] of [
    [["--from", there], 2, /needs two stores/],
    [["--from", there, "--to", there], 2, /the same store/],
    [["--from", missing, "--to", there], 1, /There is no store/],
    [["--from", there, "--to", "memory:"], 2, /of another process/],
  ] as const) {
    const result = await persistSession(["copy", ...args]);
    assert.equal(result.code, code);
    assert.match(result.stderr, message);
  }
});
