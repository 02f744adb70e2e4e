import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import type { Store } from "../../src/store/store.ts";
import {
  create,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  values,
} from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";

let server: RedisServer;
let store: Store;
before(async () => (server = await startRedis()));
after(() => server.remove());
beforeEach(async () => {
  await server.ask("FLUSHALL");
  store = await openRedisStore({ url: server.url });
});
afterEach(async () => {
  await server.ask("CONFIG", "SET", "maxmemory", "0");
  await server.ask("CONFIG", "SET", "maxmemory-policy", "noeviction");
  await store.close();
});

test("promise 10 (Failure is loud): write() throws ERR_STORE_FULL when the server's memory is full, and loses nothing", async () => {
  const owner = newOwner();
  const { epoch, version } = await create(store, owner, "app", { a: 1, b: 1 });
  await create(store, owner, "other", { large: new Uint8Array(100_000) });
  await server.ask("CONFIG", "SET", "maxmemory", "1mb");
  const commit = newCommit();
  // It would remove one attribute before it could set another: none of it may be done.
  const write = { state: "app", epoch, set: values({ a: 2 }), remove: ["b"] };
  await assert.rejects(store.write(owner, [write], commit), (error) =>
    isPersistError(error, "ERR_STORE_FULL"),
  );
  const found = await store.read(owner, "app");
  assert.deepEqual(textsOf(found), { a: "1", b: "1" });
  assert.equal(found.record?.version, version);

  // What makes room, or needs none, is done in a full server too.
  await store.touch(owner, inAnHour() + 5000);
  assert.deepEqual(
    await store.clear(owner, { state: "other", commitId: "c1", until: inAnHour() }),
    { outcome: "cleared" },
  );
  assert.deepEqual((await store.owner(owner)).states, ["app"]);
  await store.clear(owner, { commitId: "c2", until: inAnHour() });
  assert.equal((await store.owner(owner)).owner, "ended");

  await server.ask("CONFIG", "SET", "maxmemory", "0");
  await create(store, newOwner(), "app", { a: 1 });
});

test("write() does the commit when it is repeated after the server had been full", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1 });
  await server.ask("CONFIG", "SET", "maxmemory", "100kb");
  const commit = newCommit();
  const write = { state: "app", epoch, set: values({ a: 2 }) };
  await assert.rejects(store.write(owner, [write], commit), (error) =>
    isPersistError(error, "ERR_STORE_FULL"),
  );
  await server.ask("CONFIG", "SET", "maxmemory", "0");
  assert.equal((await store.write(owner, [write], commit)).outcomes[0]?.outcome, "written");
});

test("openRedisStore() warns when the server evicts keys, and not when it does not", async () => {
  const warnings: string[] = [];
  const note = (warning: Error & { code?: string }): void => {
    if (warning.code === "PERSIST_SESSION_REDIS") warnings.push(warning.message);
  };
  process.on("warning", note);
  for (const policy of ["noeviction", "volatile-lru", "allkeys-lfu"]) {
    await server.ask("CONFIG", "SET", "maxmemory-policy", policy);
    const warned = policy === "noeviction" ? undefined : once(process, "warning");
    await (await openRedisStore({ url: server.url })).close();
    await warned;
  }
  process.off("warning", note);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /volatile-lru.*noeviction/);
});
