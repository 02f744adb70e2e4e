import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { Store } from "../../src/store/store.ts";
import {
  create,
  newCommit,
  newOwner,
  textsOf,
  until,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: PostgresServer;
let store: Store;
beforeEach(async () => {
  server = await startPostgres();
  store = await openPostgresStore({ url: server.url, timeout: 20_000 });
});
afterEach(async () => {
  await store.close();
  await server.remove();
});

async function openHasty(): Promise<Store> {
  await store.close();
  return (store = await openPostgresStore({ url: server.url, timeout: 600 }));
}

function isUnavailable(error: unknown): true {
  assert.ok(isPersistError(error, "ERR_STORE_UNAVAILABLE"), String(error));
  return true;
}

async function answers(one: Store): Promise<void> {
  await until("the store answers", async () => {
    return (await one.read("b:1", "app").catch(() => undefined)) !== undefined;
  });
}

for (const signal of ["SIGKILL", "SIGQUIT", "SIGINT"] as const) {
  test(`promise 1 (Reload): no acknowledged commit is lost when the server gets ${signal}, and the store goes on`, async () => {
    const owner = newOwner();
    const { epoch } = await create(store, owner, "app", { n: 0 });
    const state = { running: true, acknowledged: 0, failed: [] as unknown[] };
    const writer = (async () => {
      for (let n = 1; state.running; n++) {
        try {
          await writeOne(store, owner, { state: "app", epoch, set: values({ n }) });
          state.acknowledged = n;
        } catch (error) {
          state.failed.push(error);
        }
      }
    })();
    for (let round = 0; round < 2; round++) {
      const goal = state.acknowledged + 30;
      await until("commits are acknowledged", () => state.acknowledged >= goal);
      await server.kill(signal);
      await server.start();
    }
    const goal = state.acknowledged + 1;
    await until("a commit after the last restart", () => state.acknowledged >= goal);
    state.running = false;
    await writer;
    // A restart takes less than the time of a call, so that none of them failed.
    assert.deepEqual(state.failed, []);
    assert.deepEqual(textsOf(await store.read(owner, "app")), { n: String(state.acknowledged) });
  });
}

test("promise 10 (Failure is loud): calls fail with ERR_STORE_UNAVAILABLE in bounded time while the server is down, and go on after it", async () => {
  const hasty = await openHasty();
  const owner = newOwner();
  const { epoch } = await create(hasty, owner, "app", { n: 0 });
  await server.kill();
  const write = { state: "app", epoch, set: values({ n: 1 }) };
  const calls = [
    () => hasty.read(owner, "app"),
    () => hasty.write(owner, [write], newCommit()),
    () => hasty.clear(owner, { commitId: "c", until: Date.now() + 1e6 }),
    () => hasty.touch(owner, Date.now() + 1e8),
    () => hasty.owner(owner),
    () => hasty.sweep({ now: Date.now(), limit: 1 }),
    () => hasty.sessions()[Symbol.asyncIterator]().next(),
    () => hasty.watch(owner, () => undefined),
  ];
  for (const call of calls) {
    const start = performance.now();
    await assert.rejects(call, isUnavailable);
    assert.ok(performance.now() - start < 3000);
  }
  await server.start();
  await answers(hasty);
  assert.deepEqual(textsOf(await hasty.read(owner, "app")), { n: "0" });
});

test("openPostgresStore() opens when no server is there yet, and the store works from when it is", async () => {
  await server.kill();
  const hasty = await openHasty();
  await assert.rejects(hasty.read("b:1", "app"), isUnavailable);
  await server.start();
  await answers(hasty);
  await create(hasty, newOwner(), "app", { a: 1 });
});

test("a second, empty server that takes the place of the first gets its tables", async () => {
  const other = await startPostgres();
  const proxy = await startProxy(server.port);
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`;
  const moved = await openPostgresStore({ url });
  await create(moved, newOwner(), "app", { a: 1 });
  proxy.pointTo(other.port);
  proxy.cut();
  const owner = newOwner();
  await create(moved, owner, "app", { a: 2 });
  assert.deepEqual(textsOf(await moved.read(owner, "app")), { a: "2" });
  assert.equal((await other.ask("SELECT * FROM persist_session_owners")).length, 1);
  await moved.close();
  await proxy.close();
  await other.remove();
});
