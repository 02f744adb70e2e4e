import { after, before } from "node:test";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres.ts";
import type { OpenedStore } from "../../src/testing/store-contract.ts";
import { testStoreContract } from "../../src/testing/store-contract.ts";
import type { PostgresServer } from "./fixtures/postgres-server.ts";
import { startPostgres } from "./fixtures/postgres-server.ts";

let server: PostgresServer;
before(async () => (server = await startPostgres()));
after(() => server.remove());

let count = 0;

/** An empty place of its own for each case. */
function newPrefix(): string {
  return `case${++count}_`;
}

async function openByUrl(): Promise<OpenedStore> {
  const url = `${server.url}?prefix=${newPrefix()}&connections=4`;
  const reopen = (): ReturnType<typeof openPostgresStore> => openPostgresStore({ url });
  const store = await reopen();
  return { store, reopen, cleanup: async () => await store.close() };
}

async function openByPool(): Promise<OpenedStore> {
  const pool = new pg.Pool({ connectionString: server.url, max: 4 });
  const prefix = newPrefix();
  const reopen = (): ReturnType<typeof openPostgresStore> =>
    openPostgresStore({ client: pool, prefix });
  const store = await reopen();
  const cleanup = async (): Promise<void> => {
    await store.close();
    await pool.end();
  };
  return { store, reopen, cleanup };
}

testStoreContract("postgres by URL", openByUrl);
testStoreContract("postgres by a pool", openByPool, { largestValue: 1_000_000 });
