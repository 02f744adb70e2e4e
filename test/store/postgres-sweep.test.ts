import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
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
import { ask, startPostgres } from "./fixtures/postgres-server.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";

let server: PostgresServer;
let url: string;
let store: Store;
before(async () => (server = await startPostgres()));
after(() => server.remove());
beforeEach(async () => {
  url = await server.newDatabase();
  store = await openPostgresStore({ url });
});
afterEach(() => store.close());

const PAST = Date.now() - 1000;

async function count(table: string): Promise<number> {
  const [row] = await ask(url, `SELECT count(*)::int AS n FROM persist_session_${table}`);
  return Number(row?.["n"]);
}

test("sweep() leaves nothing of what has expired", async () => {
  for (let i = 0; i < 250; i++) {
    await create(store, `b:${i}`, "app", { a: i, b: i }, newCommit(PAST));
  }
  assert.deepEqual(await store.sweep({ now: Date.now(), limit: 1000 }), {
    removed: 250,
    more: false,
  });
  for (const table of ["owners", "records", "attributes"]) assert.equal(await count(table), 0);
});

test("sweep() passes over an owner that is being written, and waits for no one", async () => {
  for (const owner of ["b:held", "b:free"]) {
    await create(store, owner, "app", { a: 1 }, newCommit(PAST));
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "BEGIN; SELECT * FROM persist_session_owners WHERE owner = 'b:held' FOR UPDATE",
  );
  assert.deepEqual(await store.sweep({ now: Date.now(), limit: 10 }), { removed: 1, more: false });
  await client.query("COMMIT");
  assert.deepEqual(await store.sweep({ now: Date.now(), limit: 10 }), { removed: 1, more: false });
  await client.end();
});

test("several sweeps at once remove everything once", async () => {
  for (let i = 0; i < 120; i++) await create(store, `b:${i}`, "app", { a: i }, newCommit(PAST));
  const others = await Promise.all([1, 2].map(() => openPostgresStore({ url })));
  let removed = 0;
  const all = [store, ...others].map(async (one) => {
    for (;;) {
      const step = await one.sweep({ now: Date.now(), limit: 7 });
      removed += step.removed;
      if (!step.more) return;
    }
  });
  await Promise.all(all);
  for (const other of others) await other.close();
  assert.equal(removed, 120);
  assert.equal(await count("owners"), 0);
});

test("sweep() forgets commits after some minutes, and not before", async () => {
  const owner = newOwner();
  const { epoch } = await create(store, owner, "app", { a: 0 });
  for (let i = 0; i < 20; i++) {
    await writeOne(store, owner, { state: "app", epoch, set: values({ a: i }) });
  }
  await store.sweep({ now: Date.now(), limit: 10 });
  assert.equal(await count("commits"), 21);
  await ask(url, "UPDATE persist_session_commits SET made_at = made_at - 200000");
  await ask(
    url,
    "INSERT INTO persist_session_commits SELECT 'b:x', n, 0, '' FROM generate_series(1, 2500) n",
  );
  await store.sweep({ now: Date.now(), limit: 10 });
  assert.equal(await count("commits"), 0);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "19" });
});
