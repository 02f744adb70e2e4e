import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { isPersistError } from "../../src/errors.ts";
import { parseStoreUrl } from "../../src/store/open-store.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { PostgresStoreOptions } from "../../src/store/postgres.ts";
import { create, newCommit, newOwner, values } from "../../src/testing/contract/fixture.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { PASSWORD, shown, testOptions } from "./server/options.ts";

let server: PostgresServer;
before(async () => {
  server = await startPostgres("password_encryption=scram-sha-256");
  await server.ask(`CREATE USER strict SUPERUSER PASSWORD '${PASSWORD}'`);
  await server.ask("CREATE TABLE hba (line text)");
  // The server reads who needs a password from a file that only it may write.
  await server.ask(
    "INSERT INTO hba VALUES ('host all strict all scram-sha-256'), ('host all all all trust')",
  );
  await server.ask("COPY hba TO PROGRAM 'cat > pg_hba.conf'");
  await server.ask("SELECT pg_reload_conf()");
});
after(() => server.remove());

function urlWith(password: string, rest = ""): string {
  return `postgres://strict:${password}@127.0.0.1:${server.port}/postgres${rest}`;
}

const refuses = testOptions<PostgresStoreOptions>({
  name: "PostgreSQL",
  open: openPostgresStore,
  absent: (port) => `postgres://me:${PASSWORD}@127.0.0.1:${port}/db?timeout=200`,
  wrongUrls: [
    `postgres://me:${PASSWORD}@host:port/db`,
    `postgres://me:${PASSWORD}%@[/db`,
    `http://me:${PASSWORD}@host/db`,
    "",
  ],
  wrongOptions() {
    const { url } = server;
    return [
      {},
      { url, client: new pg.Pool() },
      { client: {} },
      { client: null },
      { url, prefix: 'a"b' },
      { url, prefix: "x".repeat(41) },
      { url, schema: "Upper" },
      { url, schema: "a.b" },
      { url, timeout: 0 },
      { url, timeout: 100_000 },
      { url, connections: 0 },
      { url, migrate: "perhaps" },
      { url: `${url}?timeout=soon` },
      { url: `${url}?prefix=a-b` },
    ];
  },
  shared: ["postgres://127.0.0.1:1/db", "postgresql://127.0.0.1:1/db"],
});

test("openPostgresStore() takes password, schema, prefix, connections and timeout from the URL", async () => {
  const rest = "?schema=mine&prefix=p_&connections=2&timeout=40000&application_name=named";
  const store = await openPostgresStore({ url: urlWith(PASSWORD, rest) });
  const owner = newOwner();
  await Promise.all(Array.from({ length: 20 }, () => store.read(owner, "app")));
  await create(store, owner, "app", { a: 1 });
  const [row] = await server.ask("SELECT count(*)::int AS n FROM mine.p_owners");
  assert.equal(row?.["n"], 1);
  const found = await server.ask("SELECT 1 FROM pg_stat_activity WHERE usename = 'strict'");
  assert.ok(found.length <= 2, `${found.length} connections`);
  await store.close();
});

test("openPostgresStore() throws ERR_STORE_UNAVAILABLE when the password or the database is wrong, and never shows the password", async () => {
  const wrong = [
    urlWith("wrong-word"),
    urlWith("wrong-word").replace("strict:", "nobody-known:"),
    urlWith("wrong-word").replace(/postgres$/, "nowhere"),
    urlWith(PASSWORD).replace(/postgres$/, "nowhere"),
  ];
  for (const url of wrong) {
    const seen = await refuses({ url }, "ERR_STORE_UNAVAILABLE");
    assert.match(seen, /refused the connection/);
    assert.doesNotMatch(seen, /wrong-word|a-pass-word/);
  }
});

test("errors show no content when a statement fails", async () => {
  const store = await openPostgresStore({ url: server.url, prefix: "broken_" });
  await server.ask(
    "ALTER TABLE broken_attributes ADD CONSTRAINT small CHECK (octet_length(bytes) < 5)",
  );
  const set = values({ a: "the-content", "the-name": 1 });
  const write = { state: "app", epoch: 0, base: "absent" as const, set };
  await assert.rejects(store.write(newOwner(), [write], newCommit()), (error) => {
    assert.ok(isPersistError(error, "ERR_STORE_UNAVAILABLE"), String(error));
    assert.match(error.message, /violates check constraint/);
    assert.doesNotMatch(shown(error), /the-content|the-name/);
    return true;
  });
  await store.close();
});

test("parseStoreUrl() opens a PostgreSQL store", async () => {
  const store = await parseStoreUrl(server.url.replace("postgres:", "postgresql:")).open();
  await create(store, newOwner(), "app", { a: 1 });
  await store.close();
});

test("the types of the option client take the clients of pg", () => {
  const options: PostgresStoreOptions[] = [{ client: new pg.Pool() }, { client: new pg.Client() }];
  assert.equal(options.length, 2);
});
