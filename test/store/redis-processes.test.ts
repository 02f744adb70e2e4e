import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { openRedisStore } from "../../src/store/redis.ts";
import { create, newOwner, textsOf, until } from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";
import { startScript } from "./fixtures/script.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let server: RedisServer;
before(async () => (server = await startRedis()));
after(() => server.remove());

const TIMES = 250;
const TIMES_CUT = 100;

test("promise 4 (Merging): write() with a base counts exactly when four processes compete", async () => {
  const store = await openRedisStore({ url: server.url });
  const owner = newOwner();
  await create(store, owner, "app", { count: 0 });
  const scripts = ["url", "ioredis", "url", "ioredis"].map((kind) =>
    startScript("redis-count.ts", [server.url, owner, String(TIMES), kind]),
  );
  const codes = scripts.map(async (script) => (await once(script.process, "close"))[0]);
  assert.deepEqual(await Promise.all(codes), [0, 0, 0, 0]);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: String(4 * TIMES) });
  await store.close();
});

test("promise 4 (Merging): write() with a base counts exactly when the connections are cut again and again", async () => {
  const store = await openRedisStore({ url: server.url });
  const owner = newOwner();
  await create(store, owner, "app", { count: 0 });
  const proxy = await startProxy(server.port);
  const url = `redis://127.0.0.1:${proxy.port}`;
  const scripts = ["url", "url", "ioredis"].map((kind) =>
    startScript("redis-count.ts", [url, owner, String(TIMES_CUT), kind]),
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
