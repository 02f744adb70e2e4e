import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { Store } from "../../src/store/store.ts";
import {
  create,
  inAnHour,
  newCommit,
  newOwner,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import type { TcpProxy } from "./fixtures/tcp-proxy.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: PostgresServer;
let proxy: TcpProxy;
let store: Store;
before(async () => (server = await startPostgres()));
after(() => server.remove());
beforeEach(async () => {
  proxy = await startProxy(server.port);
  store = await openPostgresStore({
    url: `postgres://postgres@127.0.0.1:${proxy.port}/postgres?connections=1`,
  });
});
afterEach(async () => {
  await store.close();
  await proxy.close();
});

const LARGE = 1_000_000;

test("every call is one round trip, also the first one of its kind", async () => {
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
    sweep: () => store.sweep({ now: Date.now(), limit: 10 }),
  };
  const { connections } = proxy;
  for (const [name, call] of Object.entries(calls)) {
    proxy.count();
    await call();
    assert.equal(proxy.count().trips, 1, name);
  }
  assert.equal(proxy.connections, connections);
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
  assert.ok(nothing.up + nothing.down < 700, JSON.stringify(nothing));
});

test("values go to the server as they are, and text comes back as it is", async () => {
  const owner = newOwner();
  const json = Buffer.from(JSON.stringify({ text: "plain text ".repeat(LARGE / 11) }));
  const noise = new Uint8Array(LARGE).map((_, i) => (i * 7919) % 256);
  proxy.count();
  await create(store, owner, "json", { json });
  await create(store, owner, "noise", { noise });
  const { up } = proxy.count();
  assert.ok(up < 1.01 * (json.length + noise.length), `${up} bytes sent`);
  await store.read(owner, "json");
  const { down } = proxy.count();
  assert.ok(down < 1.01 * json.length, `${down} bytes of text came`);
  await store.read(owner, "noise");
  const { down: base64 } = proxy.count();
  assert.ok(base64 < 1.4 * noise.length, `${base64} bytes of noise came`);
});
