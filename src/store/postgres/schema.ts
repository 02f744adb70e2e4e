import { type NamingOptions, QualifiedNames } from "./qualified-names.ts";
import { changeSql } from "./sql-change.ts";
import { clearSql } from "./sql-clear.ts";
import { commitSql } from "./sql-commit.ts";
import { readSql } from "./sql-read.ts";
import { sweepSql } from "./sql-sweep.ts";
import { tablesSql } from "./sql-tables.ts";
import { watchSql } from "./sql-watch.ts";
import { writeSql } from "./sql-write.ts";

/** The version of tables and functions that this code needs. */
export const SCHEMA_VERSION = 2;

/** The SQLSTATE that the schema's SQL raises if it finds a newer version. */
export const NEWER_SCHEMA = "PS426";

/**
 * Gives the SQL that makes or updates the store's tables and functions, for a user who has the
 * right to do so. It may run again, even several times at once, and does not touch a newer schema
 * (SQLSTATE PS426). Send it as one text or by `psql --single-transaction`, so it is one
 * transaction.
 *
 * @throws PersistError `ERR_OPTION_INVALID`
 * @example
 * ```ts
 * import { writeFileSync } from "node:fs";
 * import { postgresSchema } from "persist-session/store/postgres";
 *
 * writeFileSync("persist-session.sql", postgresSchema({ schema: "sessions" }));
 * ```
 */
export function postgresSchema(options: NamingOptions = {}): string {
  return schemaSql(new QualifiedNames(options));
}

export function schemaSql(names: QualifiedNames): string {
  const version = names.of("schema");
  return `-- persist-session: schema version ${SCHEMA_VERSION}
SELECT pg_advisory_xact_lock(hashtext('persist-session schema'), hashtext('${names.channel}'));
SET LOCAL client_min_messages = warning;
DO $persist$ BEGIN
  -- Not by IF NOT EXISTS alone, which asks for the right to make schemas even if there is nothing to make.
  IF to_regnamespace('"${names.schema}"') IS NULL THEN
    CREATE SCHEMA IF NOT EXISTS "${names.schema}";
  END IF;
END $persist$;
CREATE TABLE IF NOT EXISTS ${version} (single boolean PRIMARY KEY DEFAULT true CHECK (single), version int NOT NULL);
DO $persist$ BEGIN
  IF EXISTS (SELECT 1 FROM ${version} s WHERE s.version > ${SCHEMA_VERSION}) THEN
    RAISE EXCEPTION 'the schema is of a newer version' USING ERRCODE = '${NEWER_SCHEMA}';
  END IF;
END $persist$;
${tablesSql(names)}
${commitSql(names)}
${readSql(names)}
${clearSql(names)}
${writeSql(names)}
${changeSql(names)}
${sweepSql(names)}
${watchSql(names)}
INSERT INTO ${version} (version) VALUES (${SCHEMA_VERSION}) ON CONFLICT (single) DO UPDATE SET version = excluded.version;
`;
}
