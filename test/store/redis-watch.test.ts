import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { openRedisStore } from "../../src/store/redis.ts";
import type { RecordChange, Store } from "../../src/store/store.ts";
import {
  create,
  inAnHour,
  newOwner,
  until,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";
import type { TcpProxy } from "./fixtures/tcp-proxy.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: RedisServer;
let proxy: TcpProxy;
let writer: Store;
before(async () => (server = await startRedis()));
after(() => server.remove());
beforeEach(async () => {
  proxy = await startProxy(server.port);
  writer = await openRedisStore({ url: server.url });
});
afterEach(async () => {
  await writer.close();
  await proxy.close();
});

/** A store whose connections all go through the proxy, by each kind of client. */
const kinds: Record<string, () => Promise<{ store: Store; end: () => void }>> = {
  "a URL": async () => ({ store: await openRedisStore({ url: proxied() }), end: () => undefined }),
  "node-redis": async () => {
    const client = createClient({ url: proxied() });
    await client.connect();
    return { store: await openRedisStore({ client }), end: () => client.destroy() };
  },
  ioredis: async () => {
    const client = new Redis(proxied());
    return { store: await openRedisStore({ client }), end: () => client.disconnect() };
  },
};

function proxied(): string {
  return `redis://127.0.0.1:${proxy.port}`;
}

for (const [kind, openStore] of Object.entries(kinds)) {
  test(`watch() tells each watcher once what may have changed when the connection was lost, by ${kind}`, async () => {
    const { store, end } = await openStore();
    const [kept, ended] = [newOwner(), newOwner()];
    const { epoch } = await create(writer, kept, "a", { x: 1 });
    await create(writer, kept, "cleared", { x: 1 });
    await create(writer, ended, "a", { x: 1 });
    const told: RecordChange[] = [];
    for (const owner of [kept, ended]) await store.watch(owner, (change) => told.push(change));

    // While the connection is away: a change, a new state, a clear and an end.
    proxy.pointTo(1);
    proxy.cut();
    await writeOne(writer, kept, { state: "a", epoch, set: values({ x: 2 }) });
    await create(writer, kept, "b", { x: 1 });
    await writer.clear(kept, { state: "cleared", commitId: "c1", until: inAnHour() });
    await writer.clear(ended, { commitId: "c2", until: inAnHour() });
    assert.deepEqual(told, []);

    proxy.pointTo(server.port);
    const named = (): string[] =>
      told.filter(({ owner }) => owner === kept).map(({ state }) => String(state));
    await until("told of what was missed", () => named().length >= 3 && told.length >= 4);
    assert.deepEqual(new Set(named()), new Set(["a", "b", "cleared"]));
    assert.equal(told.length, 4);
    assert.deepEqual(
      told.filter(({ owner }) => owner === ended),
      [{ owner: ended, state: undefined }],
    );

    // And messages come again.
    told.length = 0;
    await writeOne(writer, kept, { state: "a", epoch, set: values({ x: 3 }) });
    await until("told of the next change", () => told.length > 0);
    assert.deepEqual(told, [{ owner: kept, state: "a" }]);
    await store.close();
    end();
  });
}

for (const [kind, openStore] of Object.entries(kinds)) {
  test(`watch() tells also who begins while the owner's last watcher leaves, by ${kind}`, async () => {
    const { store, end } = await openStore();
    const owner = newOwner();
    const { epoch } = await create(writer, owner, "a", { x: 0 });
    let told = 0;
    const watch = async () => await store.watch(owner, () => told++);
    let stop = await watch();
    // As a page that is reloaded does it; the pauses decide what is on its way to the server meanwhile.
    for (let reload = 1; reload <= 40; reload++) {
      stop();
      for (let turn = reload % 8; turn > 0; turn--) await Promise.resolve();
      stop = await watch();
      const before = told;
      await writeOne(writer, owner, { state: "a", epoch, set: values({ x: reload }) });
      await until(`the watcher after reload ${reload} is told`, () => told > before);
    }
    stop();
    await store.close();
    end();
  });
}

test("watch() takes one connection for all owners, and leaves a channel when its last watcher stops", async () => {
  const store = await openRedisStore({ url: proxied() });
  const before = proxy.connections;
  const owners = Array.from({ length: 20 }, newOwner);
  const stops = await Promise.all(owners.map((owner) => store.watch(owner, () => undefined)));
  assert.equal(proxy.connections, before + 1);
  const channels = async (): Promise<number> =>
    ((await server.ask("PUBSUB", "CHANNELS", "persist-session:*")) as unknown[]).length;
  assert.equal(await channels(), 20);
  for (const stop of stops) stop();
  await until("the channels are left", async () => (await channels()) === 0);
  await store.close();
});

test("a store with notify: false tells nobody of its commits", async () => {
  const silent = await openRedisStore({ url: server.url, notify: false });
  const owner = newOwner();
  const told: RecordChange[] = [];
  const stop = await writer.watch(owner, (change) => told.push(change));
  await create(silent, owner, "silent", { x: 1 });
  await create(writer, owner, "loud", { x: 1 });
  await until("told of the loud one", () => told.length > 0);
  assert.deepEqual(told, [{ owner, state: "loud" }]);
  stop();
  await silent.close();
});
