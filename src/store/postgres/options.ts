import { PersistError } from "../../errors.ts";
import type { PostgresClient } from "./client.ts";
import { Places } from "./places.ts";
import type { PlaceOptions } from "./places.ts";

export interface PostgresStoreOptions extends PlaceOptions {
  /**
   * "postgres://user:password@host:5432/database"; `?schema=…`, `prefix`, `migrate`, `connections` and `timeout` are the options
   * below, anything else is for `pg` (`sslmode=verify-full`). Needs the package `pg`.
   */
  readonly url?: string;
  /** A `Pool` (better) or a connected `Client` of `pg` in place of a URL. Closed by whoever made it. */
  readonly client?: PostgresClient;
  /** Whether tables and functions are made and updated at the start. Default true. If not, see `migratePostgres`. */
  readonly migrate?: boolean;
  /** Most connections of a URL's pool. Default 10. */
  readonly connections?: number;
  /** The longest that a call may take, all attempts together, in milliseconds. Default 5000; at most 60,000. */
  readonly timeout?: number;
  /**
   * The URL of a direct connection for `watch`, where the store's own goes through PgBouncer in transaction mode, which passes no
   * messages on.
   */
  readonly watchUrl?: string;
}

export interface ResolvedOptions {
  readonly url: string | undefined;
  readonly client: PostgresClient | undefined;
  readonly places: Places;
  readonly migrate: boolean;
  readonly connections: number;
  readonly timeout: number;
  readonly watchUrl: string | undefined;
}

const OURS = ["schema", "prefix", "migrate", "connections", "timeout"];
/** Commits are remembered for a minute, so that none is repeated after it was forgotten. */
const LONGEST_TIMEOUT = 60_000;

/** @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL` */
export function resolveOptions(options: PostgresStoreOptions): ResolvedOptions {
  const { url, client, watchUrl } = options;
  if ((url === undefined) === (client === undefined)) {
    throw invalid(
      'The PostgreSQL store needs either a URL or a client: openPostgresStore({ url: "postgres://127.0.0.1/app" }).',
    );
  }
  const parsed = url === undefined ? undefined : parseUrl(url);
  const given = (name: string): string | undefined => parsed?.params.get(name);
  const number = (
    name: "timeout" | "connections",
    usual: number,
    least: number,
    most: number,
  ): number => {
    const value = options[name] ?? Number(given(name) ?? usual);
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    throw invalid(`The option ${name} is a number from ${least} to ${most}.`);
  };
  const migrate = options.migrate ?? given("migrate") ?? true;
  if (!["true", "false"].includes(String(migrate)))
    throw invalid("The option migrate is true or false.");
  const schema = options.schema ?? given("schema");
  const prefix = options.prefix ?? given("prefix");
  return {
    url: parsed?.url,
    client,
    places: new Places({
      ...(schema === undefined ? {} : { schema }),
      ...(prefix === undefined ? {} : { prefix }),
    }),
    migrate: String(migrate) === "true",
    connections: Math.floor(number("connections", 10, 1, 1000)),
    timeout: number("timeout", 5000, 10, LONGEST_TIMEOUT),
    watchUrl: watchUrl === undefined ? undefined : parseUrl(watchUrl).url,
  };
}

/** @throws PersistError `ERR_STORE_URL` */
function parseUrl(text: string): { url: string; params: ReadonlyMap<string, string> } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // The URL itself may hold a password, so neither the message nor a cause repeats it.
    throw wrongUrl();
  }
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") throw wrongUrl();
  const params = new Map<string, string>();
  for (const name of OURS) {
    const value = url.searchParams.get(name);
    if (value !== null) params.set(name, value);
    url.searchParams.delete(name);
  }
  return { url: url.href, params };
}

function wrongUrl(): PersistError {
  return new PersistError(
    "ERR_STORE_URL",
    'The PostgreSQL URL is not one. Write "postgres://user:password@host:5432/database"; special characters in the password are ' +
      "written as %40 for @ and so on.",
  );
}

function invalid(message: string): PersistError {
  return new PersistError("ERR_OPTION_INVALID", message);
}
