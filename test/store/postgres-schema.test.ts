import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, beforeEach, test } from "node:test";
import pg from "pg";
import { isPersistError } from "../../src/errors.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { migratePostgres, openPostgresStore, postgresSchema } from "../../src/store/postgres.ts";
import { create, newOwner, textsOf, until } from "../../src/testing/contract/fixture.ts";
import { ask, programBeside, startPostgres } from "./fixtures/postgres-server.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";

let server: PostgresServer;
let url: string;
before(async () => (server = await startPostgres()));
after(() => server.remove());
beforeEach(async () => (url = await server.newDatabase()));

function is(code: ErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(isPersistError(error, code), String(error));
    return true;
  };
}

async function tables(): Promise<unknown[]> {
  const rows = await ask(
    url,
    "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE tablename LIKE '%owners'",
  );
  return rows.map(({ name }) => name);
}

async function works(address: string): Promise<void> {
  const store = await openPostgresStore({ url: address, migrate: false });
  const owner = newOwner();
  await create(store, owner, "app", { a: 1 });
  assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "1" });
  await store.close();
}

test("openPostgresStore() throws ERR_STORE_FORMAT when the tables are missing and it may not make them", async () => {
  await assert.rejects(openPostgresStore({ url, migrate: false }), is("ERR_STORE_FORMAT"));
  await assert.rejects(openPostgresStore({ url: `${url}?migrate=false` }), is("ERR_STORE_FORMAT"));
  assert.deepEqual(await tables(), []);
});

test("migratePostgres() makes the tables once, with a pool or a client, also by several at once", async () => {
  const pool = new pg.Pool({ connectionString: url });
  await Promise.all([1, 2, 3, 4].map(() => migratePostgres(pool)));
  await pool.end();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await migratePostgres(client);
  await client.end();
  assert.deepEqual(await tables(), ["public.persist_session_owners"]);
  await works(url);
});

test("postgresSchema() gives SQL that an administrator can run, and run again", async () => {
  const place = { schema: "sessions", prefix: "ps_" };
  for (let i = 0; i < 2; i++) await ask(url, postgresSchema(place));
  assert.deepEqual(await tables(), ["sessions.ps_owners"]);
  await works(`${url}?schema=sessions&prefix=ps_`);
});

test("openPostgresStore() and migratePostgres() throw ERR_STORE_FORMAT when a newer version has made the tables", async () => {
  await ask(url, postgresSchema());
  await ask(url, "UPDATE persist_session_schema SET version = version + 1");
  await assert.rejects(openPostgresStore({ url }), is("ERR_STORE_FORMAT"));
  const pool = new pg.Pool({ connectionString: url });
  await assert.rejects(migratePostgres(pool), is("ERR_STORE_FORMAT"));
  await pool.end();
  // Even if it came between the look and the migration.
  await assert.rejects(ask(url, postgresSchema()), (error) => {
    assert.equal((error as { code?: unknown }).code, "PS426");
    return true;
  });
});

test("a user with the rights that the documentation lists can do everything but make the tables", async () => {
  await ask(url, postgresSchema());
  await ask(
    url,
    `CREATE USER app; GRANT SELECT, INSERT, UPDATE, DELETE ON persist_session_owners, persist_session_records,
      persist_session_attributes, persist_session_commits, persist_session_watches TO app;
     GRANT SELECT ON persist_session_schema TO app; GRANT USAGE ON persist_session_lives TO app`,
  );
  const asApp = url.replace("postgres@", "app@");
  await works(asApp);
  const store = await openPostgresStore({ url: asApp });
  const owner = newOwner();
  const told: unknown[] = [];
  await store.watch(owner, (change) => told.push(change));
  await create(store, owner, "app", { a: 1 });
  await until("told", () => told.length > 0);
  await store.touch(owner, Date.now() + 1e8);
  await store.sweep({ now: Date.now() + 1e7, limit: 10 });
  for await (const info of store.sessions()) assert.equal(info.owner, owner);
  await store.clear(owner, { commitId: "c", until: Date.now() + 1e6 });
  await store.close();
  await assert.rejects(
    openPostgresStore({ url: `${asApp}?prefix=other_` }),
    is("ERR_STORE_READ_ONLY"),
  );
  await assert.rejects(
    openPostgresStore({ url: `${asApp}?schema=other` }),
    is("ERR_STORE_READ_ONLY"),
  );
});

test("the store makes its tables anew when they were dropped", async () => {
  const store = await openPostgresStore({ url });
  await create(store, newOwner(), "app", { a: 1 });
  await ask(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  const owner = newOwner();
  await create(store, owner, "app", { a: 2 });
  assert.deepEqual(textsOf(await store.read(owner, "app")), { a: "2" });
  await store.close();
});

for (const encoding of ["SQL_ASCII", "LATIN1"]) {
  test(`names and bytes are kept when the database's encoding is ${encoding}`, async () => {
    const name = encoding.toLowerCase();
    await server.ask(`CREATE DATABASE ${name} ENCODING '${encoding}' TEMPLATE template0`);
    const store = await openPostgresStore({ url: url.replace(/[^/]*$/, name) });
    const owner = "b:größe 😀 \u0000 \ud800";
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await create(store, owner, "zuständig", { "naïve 😀": bytes, text: "größe" });
    const attributes = (await store.read(owner, "zuständig")).record?.attributes;
    assert.deepEqual([...(attributes?.get("naïve 😀")?.bytes ?? [])], [...bytes]);
    assert.equal(new TextDecoder().decode(attributes?.get("text")?.bytes), "größe");
    assert.deepEqual((await store.owner(owner)).states, ["zuständig"]);
    await store.close();
  });
}

test("the schema's SQL is one transaction for psql, as docs/postgres.md says", async () => {
  execFileSync(programBeside("psql"), [url, "-q", "-1", "-v", "ON_ERROR_STOP=1"], {
    input: postgresSchema(),
    stdio: ["pipe", "ignore", "ignore"],
  });
  await works(url);
});
