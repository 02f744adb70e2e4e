import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openRedisStore } from "../../src/store/redis.ts";
import type { Store } from "../../src/store/store.ts";
import {
  create,
  HOUR,
  inAnHour,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";

/** How long a key stays after the time when it may no longer be seen. */
const GRACE = 300_000;

let server: RedisServer;
let store: Store;
before(async () => (server = await startRedis()));
after(() => server.remove());
beforeEach(async () => {
  await server.ask("FLUSHALL");
  store = await openRedisStore({ url: server.url });
});
afterEach(() => store.close());

function keyOf(owner: string): string {
  return `persist-session:{${owner}}`;
}

/** When the server removes the key by itself. */
async function endOf(key: string): Promise<number> {
  return Date.now() + Number(await server.ask("PTTL", key));
}

async function about(owner: string, expected: number): Promise<void> {
  const end = await endOf(keyOf(owner));
  assert.ok(Math.abs(end - expected - GRACE) < 5000, `${end - expected}`);
}

test("promise 9 (Bounds): every key has an expiry, the one that its owner was given", async () => {
  const owner = newOwner();
  const first = inAnHour();
  const { epoch } = await create(store, owner, "app", { a: 1 }, newCommit(first));
  await about(owner, first);
  await store.touch(owner, first + HOUR);
  await about(owner, first + HOUR);
  const next = { state: "app", epoch, set: values({ a: 2 }) };
  await writeOne(store, owner, next, newCommit(first + 3 * HOUR));
  await about(owner, first + 3 * HOUR);
  await writeOne(store, owner, next, newCommit(first));
  await about(owner, first + 3 * HOUR);
  const keys = (await server.ask("KEYS", "*")) as string[];
  assert.ok(keys.length >= 2);
  for (const key of keys) assert.notEqual(await server.ask("PTTL", key), -1, key);
});

test("a tombstone expires by itself, an owner's too", async () => {
  const [whole, part] = [newOwner(), newOwner()];
  const start = inAnHour();
  for (const owner of [whole, part])
    await create(store, owner, "app", { large: new Uint8Array(50_000) }, newCommit(start));
  await store.clear(whole, { commitId: "c", until: start + HOUR });
  await store.clear(part, { state: "app", commitId: "c", until: start + HOUR });
  for (const owner of [whole, part]) {
    await about(owner, start + HOUR);
    assert.ok(Number(await server.ask("MEMORY", "USAGE", keyOf(owner))) < 1000);
  }
});

test("commits are remembered for some minutes only", async () => {
  const owner = newOwner();
  await create(store, owner, "app", { a: 1 });
  const keys = [`${keyOf(owner)}:0`, `${keyOf(owner)}:1`];
  const ends = await Promise.all(keys.map(async (key) => Number(await server.ask("PTTL", key))));
  const [remembered] = ends.filter((end) => end !== -2);
  assert.ok(remembered !== undefined && remembered > 110_000 && remembered <= 240_000, ends.join());
});

test("an epoch is not given out again when the key of its owner is gone", async () => {
  const owner = newOwner();
  const epochs = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const { epoch } = await create(store, owner, "app", { a: i });
    epochs.add(epoch);
    await server.ask("DEL", keyOf(owner));
    const late = { state: "app", epoch, set: values({ a: "late" }) };
    const { outcomes } = await store.write(owner, [late], newCommit());
    assert.deepEqual(outcomes, [{ outcome: "ended" }]);
  }
  assert.equal(epochs.size, 20);
});

test("a record whose own expiry has passed leaves with the owner's next commit", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "long", { a: 1 });
  const short = { state: "short", epoch: 0, base: "absent" as const, expiresAt: Date.now() + 50 };
  await writeOne(store, owner, { ...short, set: values({ large: new Uint8Array(50_000) }) });
  while ((await store.read(owner, "short")).record !== undefined);
  await writeOne(store, owner, { state: "long", epoch, set: values({ a: 2 }) });
  assert.ok(Number(await server.ask("MEMORY", "USAGE", keyOf(owner))) < 1000);
  assert.deepEqual(textsOf(await store.read(owner, "long")), { a: "2" });
});

test("sweep() has nothing to do", async () => {
  await create(store, newOwner(), "app", { a: 1 }, newCommit(Date.now() - 1000));
  const swept = await store.sweep({ now: Date.now() + HOUR, limit: 100 });
  assert.deepEqual(swept, { removed: 0, more: false });
});
