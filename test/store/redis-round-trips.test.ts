import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Store } from "../../src/store/store.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import {
  create,
  inAnHour,
  newCommit,
  newOwner,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";
import type { TcpProxy } from "./fixtures/tcp-proxy.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: RedisServer;
let proxy: TcpProxy;
let store: Store;
before(async () => (server = await startRedis()));
after(() => server.remove());
beforeEach(async () => {
  proxy = await startProxy(server.port);
  store = await openRedisStore({ url: `redis://127.0.0.1:${proxy.port}` });
  // Each script is sent once as text; afterwards by its hash.
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1 });
  await writeOne(store, owner, { state: "app", epoch, set: values({ a: 2 }) });
  await store.touch(owner, inAnHour() + 1000);
  await store.owner(owner);
  await store.clear(owner, { commitId: "c", until: inAnHour() });
});
afterEach(async () => {
  await store.close();
  await proxy.close();
});

const LARGE = 1_000_000;

test("every call is one round trip", async () => {
  const owner = newOwner();
  const { epoch, version } = await create(store, owner, "app", { a: 1, b: 2 });
  const calls: Record<string, () => Promise<unknown>> = {
    read: () => store.read(owner, "app"),
    "read since": () => store.read(owner, "app", { epoch, version }),
    write: () =>
      store.write(
        owner,
        [
          { state: "app", epoch, set: values({ a: 2, c: 3 }), remove: ["b"] },
          { state: "other", epoch: 0, base: "absent", set: values({ x: 1 }) },
        ],
        { ...newCommit(), maxBytes: 1000 },
      ),
    touch: () => store.touch(owner, inAnHour() + 5000),
    owner: () => store.owner(owner),
    "clear of a record": () =>
      store.clear(owner, { state: "other", commitId: "c1", until: inAnHour() }),
    clear: () => store.clear(owner, { commitId: "c2", until: inAnHour() }),
  };
  for (const [name, call] of Object.entries(calls)) {
    proxy.count();
    await call();
    assert.equal(proxy.count().trips, 1, name);
  }
});

test("a change of one small attribute of a large state sends and reads only that attribute", async () => {
  const owner = newOwner();
  const first = await create(store, owner, "app", { large: new Uint8Array(LARGE), small: 1 });
  proxy.count();
  await writeOne(store, owner, { state: "app", epoch: first.epoch, set: values({ small: 2 }) });
  const written = proxy.count();
  assert.ok(written.up + written.down < 1000, JSON.stringify(written));
  const { record } = await store.read(owner, "app", first);
  const read = proxy.count();
  assert.deepEqual([...(record?.attributes.keys() ?? [])], ["small"]);
  assert.ok(read.up + read.down < 1000, JSON.stringify(read));
  await store.read(owner, "app", record);
  const nothing = proxy.count();
  assert.ok(nothing.up + nothing.down < 600, JSON.stringify(nothing));
});

test("many calls at once share the round trips of one connection", async () => {
  const owners = Array.from({ length: 100 }, newOwner);
  proxy.count();
  await Promise.all(owners.map((owner) => store.read(owner, "app")));
  const { trips } = proxy.count();
  assert.ok(trips <= 20, `${trips} round trips for 100 reads`);
  assert.equal(proxy.connections, 1);
});
