import { PersistError } from "../../errors.ts";
import type { IoredisClient, NodeRedisClient } from "./client.ts";

export interface RedisStoreOptions {
  /**
   * "redis://user:password@host:6379/0", or "rediss://…" for TLS; `?prefix=…` and `?timeout=…` are the options below. Needs the
   * package `redis`. The store connects and connects again by itself.
   */
  readonly url?: string;
  /** A client in place of a URL; of a cluster too. Connected and closed by whoever made it. */
  readonly client?: NodeRedisClient | IoredisClient;
  /** What all keys begin with. Default "persist-session:". */
  readonly prefix?: string;
  /** The longest that a call may take, all attempts together, in milliseconds. Default 5000; at most 60,000. */
  readonly timeout?: number;
  /** Whether commits are told to those who watch, in all processes. Default true. */
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
const TIMEOUT = 5000;
/** Commits are remembered for two minutes at least, so that none is repeated after it was forgotten. */
const LONGEST_TIMEOUT = 60_000;

/** @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL` */
export function resolveOptions(options: RedisStoreOptions): ResolvedOptions {
  const { url, client, notify = true } = options;
  if ((url === undefined) === (client === undefined)) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      'The Redis store needs either a URL or a client: openRedisStore({ url: "redis://127.0.0.1:6379" }).',
    );
  }
  const parsed = url === undefined ? undefined : parseUrl(url);
  const prefix = options.prefix ?? parsed?.prefix ?? PREFIX;
  if (typeof prefix !== "string" || prefix.includes("{")) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      'The option prefix is a text without "{", which is kept for the owner of a key.',
    );
  }
  const timeout = options.timeout ?? parsed?.timeout ?? TIMEOUT;
  if (!(timeout >= 10 && timeout <= LONGEST_TIMEOUT)) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      `The option timeout is a number of milliseconds from 10 to ${LONGEST_TIMEOUT}.`,
    );
  }
  return { url: parsed?.url, client, prefix, timeout, notify };
}

function parseUrl(text: string): { url: string; prefix?: string; timeout?: number } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongUrl();
  }
  if ((url.protocol !== "redis:" && url.protocol !== "rediss:") || url.hostname === "")
    throw wrongUrl();
  if (!/^\/?\d*$/.test(url.pathname)) throw wrongUrl();
  const prefix = url.searchParams.get("prefix");
  const timeout = url.searchParams.get("timeout");
  for (const name of url.searchParams.keys()) {
    if (name !== "prefix" && name !== "timeout") throw wrongUrl();
  }
  url.search = "";
  return {
    url: url.href,
    ...(prefix === null ? {} : { prefix }),
    ...(timeout === null ? {} : { timeout: Number(timeout) }),
  };
}

/** The URL itself may hold a password, so the message does not repeat it. */
function wrongUrl(): PersistError {
  return new PersistError(
    "ERR_STORE_URL",
    'The Redis URL is not one. Write "redis://user:password@host:6379/0" (or "rediss://…"), with nothing but ?prefix= and ?timeout= behind it; ' +
      "special characters in the password are written as %40 for @ and so on.",
  );
}
