import {
  checkNumber,
  checkUrlOrClient,
  DEFAULT_TIMEOUT,
  invalid,
  MAX_TIMEOUT,
  parseServerUrl,
  type ServerUrl,
  withOptionPassword,
} from "../server/index.ts";
import type { PostgresClient } from "./client.ts";
import { type NamingOptions, QualifiedNames } from "./qualified-names.ts";

/** Options of `openPostgresStore`: a URL or a client, one of them. */
export interface PostgresStoreOptions<U extends string = string> extends NamingOptions {
  /**
   * "postgres://user:password@host:5432/database". `?schema=…`, `prefix`, `migrate`, `connections`
   * and `timeout` set the options below; all other parameters are for `pg` (`sslmode=verify-full`).
   * Needs the package `pg`. Default: none; then `client` is needed.
   */
  readonly url?: U;
  /** The password, if it is not in the URL; any text, as it is. Default: the URL's. */
  readonly password?: string;
  /**
   * A `Pool` (better) or a connected `Client` of `pg` in place of a URL. The store does not close
   * it. Default: a pool of our own, by `url`.
   */
  readonly client?: PostgresClient;
  /**
   * Whether the store makes and updates its tables and functions at the start. Default true. If
   * false, see `migratePostgres`.
   */
  readonly migrate?: boolean;
  /** The most connections of a URL's pool. Default 10. */
  readonly connections?: number;
  /**
   * How long a call may take with all its attempts, in milliseconds. Default 5000; at most 60,000.
   */
  readonly timeout?: number;
  /**
   * The URL of a direct connection for `watch`. Needed if the store's own goes through PgBouncer in
   * transaction mode, which passes no messages on. Default: a connection of the store's own.
   */
  readonly watchUrl?: string;
}

export interface ResolvedOptions {
  readonly url: string | undefined;
  readonly client: PostgresClient | undefined;
  readonly names: QualifiedNames;
  readonly migrate: boolean;
  readonly connections: number;
  readonly timeout: number;
  readonly watchUrl: string | undefined;
}

const OURS = ["schema", "prefix", "migrate", "connections", "timeout"];
const PROTOCOLS = ["postgres:", "postgresql:"];
const USAGE =
  'This is not a valid PostgreSQL URL. Write "postgres://user:password@host:5432/database".';

/** @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL` */
export function resolveOptions(options: PostgresStoreOptions): ResolvedOptions {
  const { url, client, watchUrl } = options;
  const example = 'openPostgresStore({ url: "postgres://127.0.0.1/app" })';
  checkUrlOrClient("PostgreSQL", options, example);
  const parsed =
    url === undefined ? undefined : parseUrl(withOptionPassword(url, options.password));
  const given = (name: string): string | undefined => parsed?.params.get(name);
  const migrate = options.migrate ?? given("migrate") ?? true;
  if (!["true", "false"].includes(String(migrate)))
    throw invalid("The option migrate is true or false.");
  const schema = options.schema ?? given("schema");
  const prefix = options.prefix ?? given("prefix");
  const connections = options.connections ?? Number(given("connections") ?? 10);
  const timeout = options.timeout ?? Number(given("timeout") ?? DEFAULT_TIMEOUT);
  return {
    url: parsed?.url.href,
    client,
    names: new QualifiedNames({
      ...(schema === undefined ? {} : { schema }),
      ...(prefix === undefined ? {} : { prefix }),
    }),
    migrate: String(migrate) === "true",
    connections: Math.floor(checkNumber("connections", connections, 1, 1000)),
    timeout: checkNumber("timeout", timeout, 10, MAX_TIMEOUT),
    watchUrl: watchUrl === undefined ? undefined : parseUrl(watchUrl).url.href,
  };
}

function parseUrl(text: string): ServerUrl {
  return parseServerUrl(text, PROTOCOLS, OURS, USAGE);
}
