import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { Store } from "../../src/store/store.ts";
import {
  create,
  newCommit,
  newOwner,
  textsOf,
  values,
  writeOne,
} from "../../src/testing/contract/fixture.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import { answers, is } from "./server/engine.ts";
import { postgres } from "./server/engines.ts";
import { MAX_WAIT, testFaults } from "./server/faults.ts";

const stage = testFaults(postgres);

async function open(timeout = 30_000): Promise<Store> {
  const url = postgres.urlAt(stage.proxy.port, { timeout, connections: 3 });
  return await openPostgresStore({ url });
}

test("write() is tried again when the database lets it fail because another commit came first", async () => {
  const { server } = stage;
  await server.ask("ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'");
  const strict = await open();
  const owner = newOwner();
  const { epoch } = await create(strict, owner, "app", { n: 0 });
  const writes = Array.from({ length: 30 }, (_, n) =>
    writeOne(strict, owner, { state: "app", epoch, set: values({ [`a${n}`]: n }) }),
  );
  await Promise.all(writes);
  assert.equal((await strict.read(owner, "app")).record?.attributes.size, 31);
  await strict.close();
  await server.ask("ALTER DATABASE postgres RESET ALL");
});

test("write() waits no longer than its time when another holds the owner's row, and leaves no call waiting on the server", async () => {
  const { server, store } = stage;
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  const waiting = await open(3000);
  await answers(waiting);
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  await holder.query("BEGIN; SELECT * FROM persist_session_owners FOR UPDATE");
  const write = { state: "app", epoch, set: values({ n: 1 }) };
  const start = performance.now();
  // The server says that it waited in vain, so it is known that nothing was done.
  await assert.rejects(waiting.write(owner, [write], newCommit()), is("ERR_STORE_UNAVAILABLE"));
  assert.ok(performance.now() - start < MAX_WAIT);
  const locked = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  assert.deepEqual(await server.ask(locked), []);
  // Reading needs no lock, and other owners are not held up.
  await answers(waiting);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { n: "0" });
  await create(store, newOwner(), "app", { n: 0 });
  await holder.query("ROLLBACK");
  await holder.end();
  await waiting.close();
});

test("write() throws ERR_STORE_READ_ONLY when transactions are read-only, reads go on, and writes when they are not any more", async () => {
  const { server, store } = stage;
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  await server.ask("ALTER DATABASE postgres SET default_transaction_read_only = on");
  const strict = await open();
  const write = { state: "app", epoch, set: values({ n: 1 }) };
  await assert.rejects(strict.write(owner, [write], newCommit()), is("ERR_STORE_READ_ONLY"));
  await assert.rejects(
    strict.clear(owner, { commitId: "c", until: Date.now() + 1e6 }),
    is("ERR_STORE_READ_ONLY"),
  );
  assert.deepEqual(textsOf(await strict.read(owner, "app")), { n: "0" });
  await server.ask(
    "SET TRANSACTION READ WRITE; ALTER DATABASE postgres RESET default_transaction_read_only",
  );
  // By connections that were refused once already.
  await writeOne(strict, owner, { state: "app", epoch, set: values({ n: 2 }) });
  assert.deepEqual(textsOf(await strict.read(owner, "app")), { n: "2" });
  await strict.close();
});

test("a second, empty server that takes the place of the first gets its tables", async () => {
  const other = await startPostgres();
  const { proxy } = stage;
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`;
  const moved = await openPostgresStore({ url });
  await create(moved, newOwner(), "app", { a: 1 });
  proxy.pointTo(other.port);
  proxy.cut();
  const owner = newOwner();
  await create(moved, owner, "app", { a: 2 });
  assert.deepEqual(textsOf(await moved.read(owner, "app")), { a: "2" });
  assert.equal((await other.ask("SELECT * FROM persist_session_owners")).length, 1);
  await moved.close();
  await other.remove();
});
