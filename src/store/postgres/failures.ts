import { PersistError } from "../../errors.ts";
import { sessionTooLarge } from "../refusals.ts";
import { serverFailures } from "../server/index.ts";
import { NEWER_SCHEMA, SCHEMA_VERSION } from "./schema.ts";

const failures = serverFailures("PostgreSQL", (text) =>
  text.replace(/postgres(ql)?:\/\/\S+/g, "postgres://…"),
);
export const { unavailable, outcomeUnknown } = failures;
const { bare, textOf } = failures;

/**
 * SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html) after which another
 * attempt may succeed: serialization failure, deadlock, lock not available, too many connections,
 * out of memory, query canceled, the server is shutting down or starting, the connection was lost;
 * unique violation: the commit was made before, which the next attempt asks.
 */
const PASSING = /^(23505|40001|40P01|40003|55P03|53300|53200|57014|57P0[1-5]|08...)$/;
/** Those of them after which the server may nevertheless have carried out the statement. */
const UNSETTLED = /^(40003|57P0[1245]|08...)$/;
/**
 * Those of a server that serves no client: it is starting or shutting down, or has no connection
 * left.
 */
const DOWN = /^(57P0[1-5]|08...|53300)$/;
/** The SQLSTATEs for missing tables or functions. */
const MISSING = /^(42P01|42883|3F000|42704)$/;
/** Errors of Node and of `pg` for a statement that was never sent. */
const UNSENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT|timeout exceeded when trying to connect|due to connection timeout/;

/** How a statement failed. */
export interface Failure {
  /** The server's SQLSTATE; `undefined` if no answer came. */
  readonly code: string | undefined;
  /** Whether another attempt may succeed soon. */
  readonly passing: boolean;
  /** Whether the server may nevertheless have carried out the statement. */
  readonly sent: boolean;
  /** Whether the whole server is affected, and not only this statement. */
  readonly down: boolean;
}

export function failureOf(error: unknown): Failure {
  const code = sqlState(error);
  if (code !== undefined) {
    const [passing, sent, down] = [PASSING, UNSETTLED, DOWN].map((codes) => codes.test(code));
    return { code, passing: passing ?? false, sent: sent ?? true, down: down ?? false };
  }
  const errno = error instanceof Error && "code" in error ? String(error.code) : "";
  const sent = !UNSENT.test(`${errno} ${textOf(error)}`);
  return { code: undefined, passing: true, sent, down: true };
}

export function isMissing(error: unknown): boolean {
  return MISSING.test(sqlState(error) ?? "");
}

/**
 * Whether the server lacks the prepared statement, or has it already from another client of a
 * pooler. It did nothing then.
 */
export function statementIsGone(error: unknown): boolean {
  return /^(26000|42P05)$/.test(sqlState(error) ?? "");
}

/** Whether the server only reads, so that another attempt would not help. */
export function isReadOnly(code: string | undefined): boolean {
  return code === "25006";
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** Turns an error that the server answered with into one of this package. */
export function answeredError(code: string, error: unknown, maxBytes?: number): PersistError {
  const options = { cause: bare(error) };
  switch (code) {
    case "PS413":
      return sessionTooLarge(textOf(error), maxBytes);
    case NEWER_SCHEMA:
      return newerSchema();
    case "53100":
      return new PersistError(
        "ERR_STORE_FULL",
        "The disk of the PostgreSQL server is full. This commit was not stored; what was stored before is safe. Make room on the disk.",
        options,
      );
    case "25006":
      return new PersistError(
        "ERR_STORE_READ_ONLY",
        "The PostgreSQL server takes no writes: it is a replica, or its transactions are read-only by default. Nothing was stored. " +
          "Connect to the primary server.",
        options,
      );
    case "42501":
      return new PersistError(
        "ERR_STORE_READ_ONLY",
        `The PostgreSQL user lacks a right (${textOf(error)}). Nothing was stored. docs/postgres.md lists the rights that it needs.`,
        options,
      );
    case "XX001":
    case "XX002":
      return new PersistError(
        "ERR_STORE_CORRUPT",
        "The PostgreSQL server reports damaged data (see its log). It was left as it is. Restore it from a backup.",
        options,
      );
    case "42P01":
    case "42883":
    case "42704":
    case "3F000":
      return missingSchema(error);
    case "28P01":
    case "28000":
    case "3D000":
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        `The PostgreSQL server refused the connection (${textOf(error)}). Check user, password and database, and the server's pg_hba.conf.`,
        options,
      );
    default:
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        `The PostgreSQL server answered with an error: ${textOf(error)} (SQLSTATE ${code})`,
        options,
      );
  }
}

export function newerSchema(): PersistError {
  return new PersistError(
    "ERR_STORE_FORMAT",
    `The PostgreSQL store's tables are of a newer version than this code knows (${SCHEMA_VERSION}). They were left as they are. ` +
      "Update the package, or use another schema or prefix.",
  );
}

export function missingSchema(error?: unknown): PersistError {
  return new PersistError(
    "ERR_STORE_FORMAT",
    "The PostgreSQL store's tables are missing, or have another version than this code needs. Let the store make them " +
      "(migrate: true), or run migratePostgres() or the SQL of postgresSchema() as a user who may.",
    { cause: bare(error) },
  );
}
