import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { create, newOwner, textsOf, until } from "../../src/testing/contract/fixture.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import { startScript } from "./fixtures/script.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: PostgresServer;
before(async () => (server = await startPostgres()));
after(() => server.remove());

const TIMES = 200;
const TIMES_CUT = 80;

test("promise 4 (Merging): write() with a base counts exactly when four processes compete", async () => {
  const store = await openPostgresStore({ url: server.url });
  const owner = newOwner();
  await create(store, owner, "app", { count: 0 });
  const scripts = ["url", "pool", "client", "url"].map((kind) =>
    startScript("postgres-count.ts", [server.url, owner, String(TIMES), kind]),
  );
  const codes = scripts.map(async (script) => (await once(script.process, "close"))[0]);
  assert.deepEqual(await Promise.all(codes), [0, 0, 0, 0]);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: String(4 * TIMES) });
  await store.close();
});

test("promise 4 (Merging): write() with a base counts exactly when the connections are cut again and again", async () => {
  const store = await openPostgresStore({ url: server.url });
  const owner = newOwner();
  await create(store, owner, "app", { count: 0 });
  const proxy = await startProxy(server.port);
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`;
  const scripts = ["url", "url", "pool"].map((kind) =>
    startScript("postgres-count.ts", [url, owner, String(TIMES_CUT), kind]),
  );
  let running = scripts.length;
  const codes = scripts.map(async (script) => {
    const [code] = (await once(script.process, "close")) as [number];
    running--;
    return code;
  });
  // At every twentieth increment the answer that is due is cut off: it was done, and nobody was told.
  let cuts = 0;
  let next = 20;
  await until("all processes have ended", async () => {
    const count = Number(textsOf(await store.read(owner, "app"))?.["count"]);
    if (count >= next && running > 0) {
      next = count + 20;
      cuts++;
      proxy.cutAnswers(1).catch(() => undefined);
    }
    return running === 0;
  });
  assert.deepEqual(await Promise.all(codes), [0, 0, 0]);
  assert.ok(cuts >= 5, `${cuts} cuts`);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: String(3 * TIMES_CUT) });
  await proxy.close();
  await store.close();
});

test("openPostgresStore() makes the tables once when many open at the same time", async () => {
  const url = await server.newDatabase();
  const stores = await Promise.all(Array.from({ length: 12 }, () => openPostgresStore({ url })));
  const owner = newOwner();
  await Promise.all(stores.map((store, i) => create(store, owner, `state${i}`, { i })));
  for (const store of stores) {
    assert.equal((await store.owner(owner)).states.length, stores.length);
    await store.close();
  }
});
