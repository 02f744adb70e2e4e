import { isPersistError } from "../../errors.ts";
import { clientLink, type PostgresClient, type PostgresLink } from "./client.ts";
import {
  answeredError,
  failureOf,
  isMissing,
  missingSchema,
  newerSchema,
  unavailable,
} from "./failures.ts";
import { type NamingOptions, QualifiedNames } from "./qualified-names.ts";
import { SCHEMA_VERSION, schemaSql } from "./schema.ts";

/** How long to wait for other processes that make the tables, in milliseconds. */
const TIMEOUT = 60_000;

/**
 * Makes or updates the store's tables and functions, as the store itself does at its start unless
 * `migrate` is false. May run while others use the store, and in several processes at once.
 *
 * @throws PersistError `ERR_STORE_FORMAT` if there is a newer version, `ERR_STORE_READ_ONLY` if the
 * user lacks the right, `ERR_STORE_UNAVAILABLE`
 * @example
 * ```ts
 * import pg from "pg";
 * import { migratePostgres } from "persist-session/store/postgres";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://localhost:5432/app" });
 * await migratePostgres(pool, { schema: "sessions" });
 * await pool.end();
 * ```
 */
export async function migratePostgres(
  client: PostgresClient,
  options: NamingOptions = {},
): Promise<void> {
  const link = clientLink(client);
  try {
    await prepare(link, new QualifiedNames(options), true, TIMEOUT);
  } catch (error) {
    if (isPersistError(error)) throw error;
    const { code } = failureOf(error);
    throw code === undefined
      ? unavailable("the connection failed", error)
      : answeredError(code, error);
  } finally {
    await link.close();
  }
}

/**
 * Checks that the tables are there, in the version of this code. Makes them if `migrate` allows it.
 */
export async function prepare(
  link: PostgresLink,
  names: QualifiedNames,
  migrate: boolean,
  timeout: number,
): Promise<void> {
  const found = await version(link, names, timeout);
  if (found === SCHEMA_VERSION) return;
  if (found > SCHEMA_VERSION) throw newerSchema();
  if (!migrate) throw missingSchema();
  await link.script(schemaSql(names), timeout);
}

/** The version of the tables; 0 if there are none. */
async function version(
  link: PostgresLink,
  names: QualifiedNames,
  timeout: number,
): Promise<number> {
  try {
    const [row] = await link.query(`SELECT version FROM ${names.of("schema")}`, [], timeout);
    return Number(row?.["version"] ?? 0);
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
