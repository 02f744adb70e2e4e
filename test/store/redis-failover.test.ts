import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Redis } from "ioredis";
import { isPersistError } from "../../src/errors.ts";
import { openRedisStore } from "../../src/store/redis.ts";
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
import type { RedisServer } from "./fixtures/redis-server.ts";
import { startRedis } from "./fixtures/redis-server.ts";
import type { TcpProxy } from "./fixtures/tcp-proxy.ts";
import { startProxy } from "./fixtures/tcp-proxy.ts";

let primary: RedisServer;
let replica: RedisServer;
let proxy: TcpProxy;
let store: Store;
beforeEach(async () => {
  primary = await startRedis();
  replica = await startRedis(
    "--replicaof",
    "127.0.0.1",
    String(primary.port),
    "--repl-diskless-sync-delay",
    "0",
  );
  await primary.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0");
  await until("the replica follows", async () =>
    /master_link_status:up/.test(String(await replica.ask("INFO", "replication"))),
  );
  proxy = await startProxy(primary.port);
  store = await openRedisStore({ url: `redis://127.0.0.1:${proxy.port}` });
});
afterEach(async () => {
  await store.close();
  await proxy.close();
  await replica.remove();
  await primary.remove();
});

/** Waits until the replica has what the primary has. */
async function replicated(): Promise<void> {
  const offset = async (server: RedisServer): Promise<string | undefined> =>
    /master_repl_offset:(\d+)/.exec(String(await server.ask("INFO", "replication")))?.[1];
  await until("the replica has caught up", async () => {
    return (await offset(replica)) === (await offset(primary));
  });
}

test("write(), clear() and touch() throw ERR_STORE_READ_ONLY when the server is a replica, and reads go on", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 1 });
  await replicated();
  const client = new Redis(replica.url);
  for (const onReplica of [
    await openRedisStore({ url: replica.url }),
    await openRedisStore({ client }),
  ]) {
    assert.deepEqual(textsOf(await onReplica.read(owner, "app")), { a: "1" });
    const write = { state: "app", epoch, set: values({ a: 2 }) };
    for (const call of [
      () => onReplica.write(owner, [write], newCommit()),
      () => onReplica.clear(owner, { commitId: "c", until: Date.now() + 1e6 }),
      () => onReplica.touch(owner, Date.now() + 1e9),
    ])
      await assert.rejects(call, (error) => isPersistError(error, "ERR_STORE_READ_ONLY"));
    await onReplica.close();
  }
  client.disconnect();
});

test("the store goes on by itself when another server has taken over", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 1 });
  await replicated();
  await primary.kill();
  const write = { state: "app", epoch, set: values({ n: 2 }) };
  const writing = store.write(owner, [write], newCommit());
  await replica.ask("REPLICAOF", "NO", "ONE");
  proxy.pointTo(replica.port);
  assert.equal((await writing).outcomes[0]?.outcome, "written");
  assert.deepEqual(textsOf(await store.read(owner, "app")), { n: "2" });
});

test("write() connects again when its server has become a replica of the one that took over", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 1 });
  await replicated();
  await replica.ask("REPLICAOF", "NO", "ONE");
  await primary.ask("REPLICAOF", "127.0.0.1", String(replica.port));
  // The connection to the old one stays, as it does behind a name that now leads elsewhere.
  proxy.pointTo(replica.port);
  await writeOne(store, owner, { state: "app", epoch, set: values({ n: 2 }) });
  assert.deepEqual(textsOf(await store.read(owner, "app")), { n: "2" });
});

test("read() gives the whole record when the reader has seen commits that a failover lost", async () => {
  const owner = newOwner();
  const first = await create(store, owner, "app", { a: 1, b: 1 });
  await replicated();
  // A replica that was cut off takes over: the newest commit never reached it.
  await replica.ask("REPLICAOF", "NO", "ONE");
  const lost = await writeOne(store, owner, {
    state: "app",
    epoch: first.epoch,
    set: values({ a: 2 }),
  });
  await primary.kill();
  proxy.pointTo(replica.port);
  const next = await writeOne(store, owner, {
    state: "app",
    epoch: first.epoch,
    set: values({ b: 2 }),
  });
  assert.ok(next.version > lost.version);
  const found = await store.read(owner, "app", lost);
  assert.equal(found.record?.whole, true);
  assert.deepEqual(textsOf(found), { a: "1", b: "2" });
  // A write against the lost version is no match, although that version was once acknowledged.
  const stale = { state: "app", epoch: first.epoch, base: lost.version, set: values({ a: 3 }) };
  const { outcomes } = await store.write(owner, [stale], newCommit());
  assert.deepEqual(outcomes, [{ outcome: "conflict" }]);
});
