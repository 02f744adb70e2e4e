import type { Client, Pool } from "pg";
import { PersistError } from "../../errors.ts";
import { within } from "../within.ts";
import { type ListenConnection, type PostgresLink, queryRows, statement } from "./client.ts";
import { PreparedNames } from "./prepared.ts";

/** Makes a link to the server of a URL, by the package `pg`. It connects when it is needed. */
export async function urlLink(
  url: string,
  connections: number,
  timeout: number,
): Promise<PostgresLink> {
  const { Pool } = await loadDriver();
  const pool = new Pool({
    connectionString: url,
    max: connections,
    // Leaves time for a second attempt if the first host does not answer.
    connectionTimeoutMillis: Math.ceil(timeout / 2),
    keepAlive: true,
    // Idle connections do not keep the process alive: the app ends when its own server has.
    allowExitOnIdle: true,
    application_name: "persist-session",
  });
  // The loss of an idle connection is no error: the next call opens a new one.
  pool.on("error", () => undefined);
  const prepared = new PreparedNames();
  return {
    query: (text, values, limit) => queryRows(pool, prepared, text, values, limit),
    async script(text, limit) {
      await pool.query(statement({ text, query_timeout: limit }));
    },
    listener: () => listenOn(url, timeout),
    async close() {
      // A server that does not answer would keep `end` waiting forever.
      await within(timeout, pool.end()).catch(() => undefined);
    },
  };
}

/** A connection outside the pool. */
export async function listenOn(url: string, timeout: number): Promise<ListenConnection> {
  const { Client } = await loadDriver();
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: timeout,
    keepAlive: true,
    application_name: "persist-session watch",
  });
  // Until the caller listens.
  client.on("error", () => undefined);
  await client.connect();
  // Nor does this one. (Not in the package's types.)
  (client as unknown as { unref(): void }).unref();
  return client;
}

async function loadDriver(): Promise<{ Pool: typeof Pool; Client: typeof Client }> {
  try {
    return (await import("pg")).default;
  } catch (cause) {
    throw new PersistError(
      "ERR_STORE_UNAVAILABLE",
      "A PostgreSQL store with a URL needs the package pg: npm install pg. Or give a client: openPostgresStore({ client }).",
      { cause },
    );
  }
}
