import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { RecordChange } from "../../src/store/store.ts";
import { create, newOwner, textsOf, until } from "../../src/testing/contract/fixture.ts";
import { testStoreContract } from "../../src/testing/store-contract.ts";
import { startPgBouncer } from "./fixtures/pgbouncer.ts";
import type { PgBouncer } from "./fixtures/pgbouncer.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { postgres } from "./server/engines.ts";
import { startCounting } from "./server/processes.ts";

let server: PostgresServer;
let bouncer: PgBouncer;
before(async () => {
  server = await startPostgres();
  bouncer = await startPgBouncer(server.port);
});
after(async () => {
  await bouncer.remove();
  await server.remove();
});

let count = 0;

testStoreContract(
  "postgres behind PgBouncer in transaction mode",
  async () => {
    const options = { url: bouncer.url, prefix: `case${++count}_`, watchUrl: server.url };
    const reopen = (): ReturnType<typeof openPostgresStore> => openPostgresStore(options);
    const store = await reopen();
    return { store, reopen, cleanup: async () => await store.close() };
  },
  { largestValue: 1_000_000 },
);

test("promise 4 (Merging): write() with a base counts exactly when processes compete through PgBouncer", async () => {
  const store = await openPostgresStore({ url: bouncer.url });
  const owner = newOwner();
  await create(store, owner, "app", { count: 0 });
  const scripts = ["a URL", "a pool", "a client"].map((kind) =>
    startCounting(postgres, bouncer.url, owner, 100, kind),
  );
  const codes = scripts.map(async (script) => (await once(script.process, "close"))[0]);
  assert.deepEqual(await Promise.all(codes), [0, 0, 0]);
  assert.deepEqual(textsOf(await store.read(owner, "app")), { count: "300" });
  await store.close();
});

test("watch() says what to do when PgBouncer passes no messages on, and works with a direct connection", async () => {
  const owner = newOwner();
  const without = await openPostgresStore({ url: bouncer.url, timeout: 3000 });
  await assert.rejects(
    without.watch(owner, () => undefined),
    (error) => {
      assert.ok(isPersistError(error, "ERR_STORE_UNAVAILABLE"), String(error));
      assert.match(error.message, /watchUrl/);
      return true;
    },
  );
  const store = await openPostgresStore({ url: bouncer.url, watchUrl: server.url });
  const told: RecordChange[] = [];
  await store.watch(owner, (change) => told.push(change));
  await create(store, owner, "app", { a: 1 });
  await until("told", () => told.length > 0);
  assert.deepEqual(told, [{ owner, state: "app" }]);
  await without.close();
  await store.close();
});
