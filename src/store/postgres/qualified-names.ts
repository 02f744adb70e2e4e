import { PersistError } from "../../errors.ts";

/** How the store's tables and functions are named. */
export interface NamingOptions {
  /** The schema of the database; created if it does not exist. Default "public". */
  readonly schema?: string;
  /** The prefix of the names of all tables and functions. Default "persist_session_". */
  readonly prefix?: string;
}

/** The full names of the store's tables, functions and channel, quoted for SQL. */
export class QualifiedNames {
  readonly schema: string;
  readonly prefix: string;

  /** @throws PersistError `ERR_OPTION_INVALID` */
  constructor({ schema = "public", prefix = "persist_session_" }: NamingOptions) {
    // PostgreSQL cuts names after 63 bytes.
    check("schema", schema, 63);
    check("prefix", prefix, 40);
    this.schema = schema;
    this.prefix = prefix;
  }

  /** A table, an index, a sequence or a function. */
  of(name: string): string {
    return `"${this.schema}"."${this.prefix}${name}"`;
  }

  /** The name without its schema, which SQL requires for an index that is created. */
  bare(name: string): string {
    return `"${this.prefix}${name}"`;
  }

  /** The channel on which watchers are told about commits. */
  get channel(): string {
    return `${this.prefix}${this.schema}`.slice(0, 63);
  }
}

function check(option: string, value: unknown, longest: number): void {
  if (typeof value === "string" && value.length <= longest && /^[a-z_][a-z0-9_]*$/.test(value))
    return;
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `The option ${option} of the PostgreSQL store is a name of a-z, 0-9 and _ that does not begin with a digit, with at most ${longest} characters.`,
  );
}
