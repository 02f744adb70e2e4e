import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import pg from "pg";
import { isPersistError } from "../../src/errors.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { Store } from "../../src/store/store.ts";
import {
  accepted,
  create,
  newCommit,
  newOwner,
  textsOf,
  until,
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
  store = await open();
});
afterEach(async () => {
  await store.close();
  await proxy.close();
});

async function open(timeout = 10_000): Promise<Store> {
  const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres?connections=3&timeout=${timeout}`;
  return await openPostgresStore({ url });
}

/** A store whose calls give up soon, for faults that last. */
async function openHasty(): Promise<Store> {
  await store.close();
  return (store = await open(600));
}

function is(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isPersistError(error, code), String(error));
    return true;
  };
}

async function answers(one: Store): Promise<void> {
  await until("the store answers", async () => {
    return (await one.read("b:1", "app").catch(() => undefined)) !== undefined;
  });
}

test("write() does a commit once when its answer was cut off", async () => {
  const owner = newOwner();
  const { epoch, version } = await create(store, owner, "app", { count: 0 });
  const cut = proxy.cutAnswers(1);
  const write = { state: "app", epoch, base: version, set: values({ count: 1 }) };
  const { outcomes } = await store.write(owner, [write], newCommit());
  await cut;
  // Done twice it would be a conflict with itself.
  assert.equal(accepted(outcomes[0]).epoch, epoch);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "1" });
});

test("clear() and a creation are done once when their answers were cut off", async () => {
  const owner = newOwner();
  await store.read(owner, "app");
  const cut = proxy.cutAnswers(1);
  const first = { state: "app", epoch: 0, base: "absent" as const, set: values({ a: 1 }) };
  const { outcomes } = await store.write(owner, [first], newCommit());
  await cut;
  const { version: ifVersion } = accepted(outcomes[0]);
  const cutAgain = proxy.cutAnswers(1);
  const options = { commitId: "c", until: Date.now() + 1e6, ifVersion };
  assert.deepEqual(await store.clear(owner, options), { outcome: "cleared" });
  await cutAgain;
});

test("write() answers when an administrator ends all connections", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  const end =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'persist-session'";
  for (let round = 0; round < 3; round++) {
    const writes = Array.from({ length: 30 }, (_, n) =>
      writeOne(store, owner, { state: "app", epoch, set: values({ n }) }),
    );
    await server.ask(end);
    await Promise.all(writes);
  }
  await server.ask(end);
  assert.notEqual((await store.read(owner, "app")).record, undefined);
});

test("write() is tried again when the database lets it fail because another commit came first", async () => {
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

test("write() waits no longer than its time when somebody holds the owner's row, and leaves nobody waiting on the server", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  const patient = await open(3000);
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  await holder.query("BEGIN; SELECT * FROM persist_session_owners FOR UPDATE");
  const write = { state: "app", epoch, set: values({ n: 1 }) };
  const start = performance.now();
  // The server says that it waited in vain, so it is known that nothing was done.
  await assert.rejects(patient.write(owner, [write], newCommit()), is("ERR_STORE_UNAVAILABLE"));
  assert.ok(performance.now() - start < 4000);
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  assert.deepEqual(await server.ask(waiting), []);
  // Reading needs no lock, and other owners are not held up.
  assert.deepEqual(textsOf(await patient.read(owner, "app")), { n: "0" });
  await create(patient, newOwner(), "app", { n: 0 });
  await holder.query("ROLLBACK");
  await holder.end();
  await patient.close();
});

test("calls fail at once when the server has not answered for long, and one a second tries", async () => {
  const hasty = await openHasty();
  const owner = newOwner();
  server.pause();
  await assert.rejects(hasty.read(owner, "app"), is("ERR_STORE_UNAVAILABLE"));
  const start = performance.now();
  const results = await Promise.allSettled(
    Array.from({ length: 200 }, () => hasty.read(owner, "app")),
  );
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.ok(performance.now() - start < 600, "two hundred calls waited for a dead server");
  server.resume();
  await answers(hasty);
});

test("write() throws ERR_OUTCOME_UNKNOWN when a commit was sent and no answer came in time", async () => {
  const hasty = await openHasty();
  const owner = newOwner();
  const { epoch } = await create(hasty, owner, "app", { n: 0 });
  const release = proxy.hold();
  const write = { state: "app", epoch, set: values({ n: 1 }) };
  const start = performance.now();
  await assert.rejects(hasty.write(owner, [write], newCommit()), is("ERR_OUTCOME_UNKNOWN"));
  assert.ok(performance.now() - start < 3000);
  release();
  await answers(hasty);
  // It was done, and once.
  assert.deepEqual(textsOf(await hasty.read(owner, "app")), { n: "1" });
});

test("slow answers are waited for when they come within the time", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { n: 0 });
  const { connections } = proxy;
  const release = proxy.hold();
  proxy.count();
  const writing = writeOne(store, owner, { state: "app", epoch, set: values({ n: 1 }) });
  let down = 0;
  await until("the answer waits in the proxy", () => (down += proxy.count().down) > 0);
  release();
  await writing;
  assert.equal(proxy.connections, connections);
});

test("write() throws ERR_STORE_READ_ONLY when transactions are read-only, reads go on, and writes when they are not any more", async () => {
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
