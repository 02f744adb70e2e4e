import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import type { Store } from "../../src/store/store.ts";
import {
  accepted,
  create,
  newCommit,
  newOwner,
  textsOf,
  until,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";
import { startScript } from "./fixtures/script.ts";
import type { TcpProxy } from "./fixtures/tcp-proxy.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: RedisServer;
let proxy: TcpProxy;
let store: Store;
beforeEach(async () => {
  server = await startRedis("--appendonly", "yes", "--appendfsync", "always");
  proxy = await startProxy(server.port);
  store = await open();
});
afterEach(async () => {
  await store.close();
  await proxy.close();
  await server.remove();
});

async function open(timeout = 5000): Promise<Store> {
  return await openRedisStore({ url: `redis://127.0.0.1:${proxy.port}`, timeout });
}

/** A store whose calls give up soon, for faults that last. */
async function openHasty(): Promise<Store> {
  await store.close();
  return (store = await open(400));
}

function is(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isPersistError(error, code), String(error));
    return true;
  };
}

test("write() does a commit once when its answer was cut off", async () => {
  const owner = newOwner();
  const { epoch, version } = await create(store, owner, "app", { count: 0 });
  const cut = proxy.cutAnswers(1);
  const write = { state: "app", epoch, base: version, set: values({ count: 1 }) };
  const { outcomes } = await store.write(owner, [write], newCommit());
  await cut;
  // Done twice it would be a conflict with itself.
  assert.equal(accepted(outcomes[0]).epoch, epoch);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "1" });
});

test("clear() and a creation are done once when their answers were cut off", async () => {
  const owner = newOwner();
  await store.read(owner, "app");
  const cut = proxy.cutAnswers(1);
  const first = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
  const { outcomes } = await store.write(owner, [first], newCommit());
  await cut;
  const { version: ifVersion } = accepted(outcomes[0]);
  const cutAgain = proxy.cutAnswers(1);
  const options = { commitId: "c", until: Date.now() + 1e6, ifVersion };
  assert.deepEqual(await store.clear(owner, options), { outcome: "cleared" });
  await cutAgain;
});

test("write() answers when the server was told to disconnect all clients", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  const writes = Array.from({ length: 50 }, (_, n) =>
    writeOne(store, owner, { state: "app", epoch, set: values({ n }) }),
  );
  await server.ask("CLIENT", "KILL", "TYPE", "normal");
  await Promise.all(writes);
  await server.ask("CLIENT", "KILL", "TYPE", "normal");
  assert.notEqual((await store.read(owner, "app")).record, undefined);
});

test("every call goes on when the server has forgotten its scripts", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1 });
  const calls = [
    () => writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) }),
    () => store.read(owner, "app"),
    () => store.touch(owner, Date.now() + 1e8),
    () => store.owner(owner),
    () => store.clear(owner, { commitId: "c", until: Date.now() + 1e8 }),
  ];
  for (const call of calls) {
    await server.ask("SCRIPT", "FLUSH");
    await call();
  }
});

test("promise 1 (Reload): no acknowledged commit is lost when the server is killed, and the store goes on", async () => {
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
  for (let round = 0; round < 3; round++) {
    const goal = state.acknowledged + 30;
    await until("commits are acknowledged", () => state.acknowledged >= goal);
    await server.kill();
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
    () => hasty.sessions()[Symbol.asyncIterator]().next(),
    () => hasty.watch(owner, () => undefined),
  ];
  for (const call of calls) {
    const start = performance.now();
    await assert.rejects(call, is("ERR_STORE_UNAVAILABLE"));
    assert.ok(performance.now() - start < 2000);
  }
  await server.start();
  await until("the store answers", async () => {
    const found = await hasty.read(owner, "app").catch(() => undefined);
    return found?.record !== undefined;
  });
  assert.deepEqual(textsOf(await hasty.read(owner, "app")), { n: "0" });
});

test("calls fail at once when the server has not answered for long, and one a second tries", async () => {
  const hasty = await openHasty();
  const owner = newOwner();
  server.pause();
  await assert.rejects(hasty.read(owner, "app"), is("ERR_STORE_UNAVAILABLE"));
  const start = performance.now();
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, () => hasty.read(owner, "app")),
  );
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.ok(performance.now() - start < 400, "two hundred calls waited for a dead server");
  server.resume();
  await until("the store answers again", async () => {
    return (await hasty.read(owner, "app").catch(() => undefined)) !== undefined;
  });
});

test("write() throws ERR_OUTCOME_UNKNOWN when a commit was sent and no answer came in time", async () => {
  const hasty = await openHasty();
  const owner = newOwner();
  const { epoch } = await create(hasty, owner, "app", { n: 0 });
  const release = proxy.hold();
  const write = { state: "app", epoch, set: values({ n: 1 }) };
  const start = performance.now();
  await assert.rejects(hasty.write(owner, [write], newCommit()), is("ERR_OUTCOME_UNKNOWN"));
  assert.ok(performance.now() - start < 2000);
  release();
  await until("the store answers again", async () => {
    return (await hasty.read(owner, "app").catch(() => undefined)) !== undefined;
  });
  // It was done, and once.
  const { record } = await hasty.read(owner, "app");
  assert.equal(new TextDecoder().decode(record?.attributes.get("n")?.bytes), "1");
});

test("slow answers are waited for when they come within the time", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  const release = proxy.hold();
  proxy.count();
  const writing = writeOne(store, owner, { state: "app", epoch, set: values({ n: 1 }) });
  let down = 0;
  await until("the answer waits in the proxy", () => (down += proxy.count().down) > 0);
  release();
  await writing;
  assert.equal(proxy.connections, 1);
});

test("openRedisStore() opens when no server is there yet, and the store works from when it is", async () => {
  await server.kill();
  const hasty = await openHasty();
  await assert.rejects(hasty.read("b:1", "app"), is("ERR_STORE_UNAVAILABLE"));
  await server.start();
  await until("the store answers", async () => {
    return (await hasty.read("b:1", "app").catch(() => undefined)) !== undefined;
  });
});

test("close() also ends a connection for changes that is still on its way, so that the process can end", async () => {
  await server.kill();
  const script = startScript("redis-watch-in-vain.ts", [server.url]);
  assert.deepEqual(await once(script.process, "close"), [0, null]);
});
