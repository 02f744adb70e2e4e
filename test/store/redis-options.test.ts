import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { isPersistError } from "../../src/errors.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import type { RedisStoreOptions } from "../../src/store/redis.ts";
import { create, newOwner, until } from "../../src/testing/contract/fixture.ts";
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";
import { PASSWORD, shown, testOptions } from "./server/options.ts";

let server: RedisServer;
before(async () => (server = await startRedis("--requirepass", PASSWORD)));
after(() => server.remove());

function urlWith(password: string, rest = ""): string {
  return `redis://:${password}@127.0.0.1:${server.port}${rest}`;
}

const refuses = testOptions<RedisStoreOptions>({
  name: "Redis",
  open: openRedisStore,
  absent: (port) => `redis://me:${PASSWORD}@127.0.0.1:${port}?timeout=200`,
  wrongUrls: [
    `redis://me:${PASSWORD}@`,
    `redis://me:${PASSWORD}@host:port`,
    `redis://me:${PASSWORD}@host/name`,
    `redis://me:${PASSWORD}@host/0?password=${PASSWORD}`,
    `http://me:${PASSWORD}@host`,
  ],
  wrongOptions() {
    const url = urlWith(PASSWORD);
    return [
      {},
      { url, client: new Redis({ lazyConnect: true }) },
      { client: {} },
      { client: null },
      { url, prefix: "a{b" },
      { url, timeout: 0 },
      { url, timeout: 100_000 },
      { url: urlWith(PASSWORD, "?timeout=soon") },
    ];
  },
  shared: ["redis://127.0.0.1:1", "rediss://127.0.0.1:1"],
});

test("openRedisStore() takes the password, the database, the prefix and the timeout from the URL", async () => {
  const store = await openRedisStore({ url: urlWith(PASSWORD, "/3?prefix=mine:&timeout=9000") });
  const owner = newOwner();
  await create(store, owner, "app", { a: 1 });
  await store.close();
  const client = createClient({ url: urlWith(PASSWORD, "/3") });
  await client.connect();
  assert.equal(await client.exists(`mine:{${owner}}`), 1);
  client.destroy();
});

test("openRedisStore() throws ERR_STORE_UNAVAILABLE when the password is wrong, and never shows it", async () => {
  for (const url of [urlWith("wrong-word"), `redis://127.0.0.1:${server.port}`]) {
    const seen = await refuses({ url }, "ERR_STORE_UNAVAILABLE");
    assert.match(seen, /refused this user/);
    assert.doesNotMatch(seen, /wrong-word/);
  }
});

test("errors of a given client show neither password nor content", async () => {
  const client = new Redis(server.port, { password: PASSWORD, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  const store = await openRedisStore({ client, timeout: 300 });
  await client.hset("persist-session:{b:broken}", "m", "no pack");
  const set = new Map([["a", Buffer.from("the-content")]]);
  const write = { state: "app", epoch: 0, base: "absent" as const, set };
  const commit = { commitId: "c", expiresAt: Date.now() + 1e6 };
  const failing = [() => store.write("b:broken", [write], commit)];
  failing.push(async () => {
    client.disconnect();
    return await store.write("b:1", [write], commit);
  });
  for (const call of failing) {
    await assert.rejects(call, (error) => {
      assert.ok(isPersistError(error), String(error));
      assert.match(
        error.code,
        /^ERR_(STORE_CORRUPT|STORE_FORMAT|STORE_UNAVAILABLE|OUTCOME_UNKNOWN)$/,
      );
      assert.doesNotMatch(shown(error), /a-pass-word|the-content/);
      return true;
    });
  }
  await store.close();
});

test("a user needs no more rights than docs/redis.md says", async () => {
  const page = readFileSync(new URL("../../docs/redis.md", import.meta.url), "utf8");
  const [, commands = ""] = /`(\+evalsha[^`]*)`/.exec(page) ?? [];
  const names = ["~persist-session:*", "resetchannels &persist-session:*"];
  for (const rule of names) assert.ok(page.includes(`\`${rule}\``));
  const rules = [commands, ...names].flatMap((rule) => rule.split(" "));
  await server.ask("ACL", "SETUSER", "app", "on", `>${PASSWORD}`, ...rules);
  const url = `redis://app:${PASSWORD}@127.0.0.1:${server.port}/5`;
  const store = await openRedisStore({ url });
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1, b: 1 });
  const told: unknown[] = [];
  const stop = await store.watch(owner, (change) => told.push(change));
  await store.write(owner, [{ state: "app", epoch, set: new Map(), remove: ["b"] }], {
    commitId: "c1",
    expiresAt: Date.now() + 1e6,
  });
  await until("told", () => told.length > 0);
  stop();
  await store.touch(owner, Date.now() + 1e9);
  for await (const { states } of store.sessions()) assert.deepEqual(states, ["app"]);
  await store.clear(owner, { state: "app", commitId: "c2", until: Date.now() + 1e6 });
  await store.clear(owner, { commitId: "c3", until: Date.now() + 1e6 });
  await store.close();

  await server.ask("ACL", "SETUSER", "app", "-hset");
  const poorer = await openRedisStore({ url });
  await assert.rejects(create(poorer, newOwner(), "app", { a: 1 }), (error) => {
    assert.ok(isPersistError(error, "ERR_STORE_UNAVAILABLE"), String(error));
    assert.match(error.message, /refused this user \(NOPERM\)/);
    return true;
  });
  await poorer.close();
});

test("read() throws ERR_STORE_FORMAT when a key belongs to another program", async () => {
  const store = await openRedisStore({ url: urlWith(PASSWORD) });
  const client = createClient({ url: urlWith(PASSWORD) });
  await client.connect();
  await client.set("persist-session:{b:theirs}", "x");
  await assert.rejects(store.read("b:theirs", "app"), (error) =>
    isPersistError(error, "ERR_STORE_FORMAT"),
  );
  client.destroy();
  await store.close();
});

test("the types of the option client take the clients of both libraries", () => {
  const options: RedisStoreOptions[] = [
    { client: createClient() },
    { client: createCluster({ rootNodes: [] }) },
    { client: new Redis({ lazyConnect: true }) },
  ];
  assert.equal(options.length, 3);
});
