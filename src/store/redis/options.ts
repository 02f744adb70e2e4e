import {
  checkNumber,
  checkUrlOrClient,
  DEFAULT_TIMEOUT,
  invalid,
  MAX_TIMEOUT,
  parseServerUrl,
  type ServerUrl,
  withOptionPassword,
  wrongUrl,
} from "../server/index.ts";
import type { IoredisClient, NodeRedisClient } from "./client.ts";

/** Options of `openRedisStore`: a URL or a client, one of them. */
export interface RedisStoreOptions<U extends string = string> {
  /**
   * "redis://user:password@host:6379/0", or "rediss://…" for TLS. `?prefix=…` and `?timeout=…` set
   * the options below. Needs the package `redis`. The store connects automatically, and reconnects
   * after a loss. Default: none; then `client` is needed.
   */
  readonly url?: U;
  /** The password, if it is not in the URL; any text, as it is. Default: the URL's. */
  readonly password?: string;
  /**
   * A client in place of a URL; it may be a cluster's. The store neither connects nor closes it.
   * Default: one of our own, by `url`.
   */
  readonly client?: NodeRedisClient | IoredisClient;
  /** The prefix of all keys. Default "persist-session:". */
  readonly prefix?: string;
  /**
   * How long a call may take with all its attempts, in milliseconds. Default 5000; at most 60,000.
   */
  readonly timeout?: number;
  /** Whether watchers in all processes are told about commits. Default true. */
  readonly notify?: boolean;
}

export interface ResolvedOptions {
  readonly url: string | undefined;
  readonly client: NodeRedisClient | IoredisClient | undefined;
  readonly prefix: string;
  readonly timeout: number;
  readonly notify: boolean;
}

const PREFIX = "persist-session:";
const USAGE =
  'This is not a valid Redis URL. Write "redis://user:password@host:6379/0" (or "rediss://…"), with nothing but ?prefix= and ?timeout= after it.';

/** @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL` */
export function resolveOptions(options: RedisStoreOptions): ResolvedOptions {
  const { url, client, notify = true } = options;
  checkUrlOrClient("Redis", options, 'openRedisStore({ url: "redis://127.0.0.1:6379" })');
  const parsed =
    url === undefined ? undefined : parseUrl(withOptionPassword(url, options.password));
  const prefix = options.prefix ?? parsed?.params.get("prefix") ?? PREFIX;
  if (typeof prefix !== "string" || prefix.includes("{"))
    throw invalid('The option prefix is a text without "{", which is kept for the owner of a key.');
  const timeout = options.timeout ?? Number(parsed?.params.get("timeout") ?? DEFAULT_TIMEOUT);
  checkNumber("timeout", timeout, 10, MAX_TIMEOUT);
  return { url: parsed?.url.href, client, prefix, timeout, notify };
}

function parseUrl(text: string): ServerUrl {
  const parsed = parseServerUrl(text, ["redis:", "rediss:"], ["prefix", "timeout"], USAGE);
  const { hostname, pathname, search } = parsed.url;
  if (hostname === "" || !/^\/?\d*$/.test(pathname) || search !== "") throw wrongUrl(USAGE);
  return parsed;
}
