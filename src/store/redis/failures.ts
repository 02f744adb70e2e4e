import { PersistError } from "../../errors.ts";
import { messageOf, serverFailures } from "../server/index.ts";

/** Servers repeat a command's arguments in some errors. */
const failures = serverFailures("Redis", (text) =>
  text.replace(/,? with args beginning with.*$/s, "").replace(/rediss?:\/\/\S+/g, "redis://…"),
);
export const { unavailable, outcomeUnknown } = failures;
const { bare, textOf } = failures;

/** The code at the start of a server's error. An error of a script holds it further on. */
const CODES =
  /(?:^|[:\s]-?)(OOM|READONLY|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOSCRIPT|NOAUTH|WRONGPASS|NOPERM|WRONGTYPE|CROSSSLOT|MOVED|PSCORRUPT|PSFORMAT|ERR)(?:\s|$)/g;

/** The error of Redis 7 and Valkey if the user may not use a command within a script. */
const NO_RIGHT = /can't (run this command|access )|has no permissions to/;

/** Errors of a server that cannot answer now but may soon. It has done nothing. */
const PASSING = new Set(["LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY"]);

/** Errors of the clients for a command that was never sent. */
const UNSENT =
  /ClientOfflineError|ClientClosedError|RootNodesUnavailableError|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|enableOfflineQueue/;

/** How a command failed. */
export interface Failure {
  /** The server's own code; `undefined` if no answer came. */
  readonly code: string | undefined;
  /** Whether another attempt may succeed soon. */
  readonly passing: boolean;
  /** Whether the server may nevertheless have carried out the command. */
  readonly sent: boolean;
}

/** The code of an error that the server answered with; `undefined` for errors of the connection. */
export function serverError(error: unknown): string | undefined {
  const text = messageOf(error);
  let generic: string | undefined;
  for (const [, code] of text.matchAll(CODES)) {
    // A script's error is wrapped in a generic one.
    if (code !== "ERR") return code;
    generic = NO_RIGHT.test(text) ? "NOPERM" : code;
  }
  return generic;
}

export function failureOf(error: unknown): Failure {
  const code = serverError(error);
  if (code !== undefined) return { code, passing: PASSING.has(code), sent: false };
  const name = error instanceof Error ? error.constructor.name : "";
  const why = `${name} ${errnoOf(error)} ${messageOf(error)}`;
  return { code: undefined, passing: true, sent: !UNSENT.test(why) };
}

/** Turns an error that the server answered with into one of this package. */
export function answeredError(code: string, error: unknown): PersistError {
  const options = { cause: bare(error) };
  switch (code) {
    case "OOM":
      return new PersistError(
        "ERR_STORE_FULL",
        "The Redis server has no memory left (maxmemory). This commit was not stored; what was stored before is safe. " +
          "Give the server more memory, or let sessions expire sooner.",
        options,
      );
    case "READONLY":
      return new PersistError(
        "ERR_STORE_READ_ONLY",
        "The Redis server is a replica that takes no writes. Nothing was stored. Connect to the primary server.",
        options,
      );
    case "MISCONF":
      return new PersistError(
        "ERR_STORE_READ_ONLY",
        "The Redis server takes no writes because it cannot save to its disk. Nothing was stored. Its log says why: fix the disk or the `save` settings.",
        options,
      );
    case "NOREPLICAS":
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        "The Redis server takes no writes because too few replicas follow it (min-replicas-to-write). Nothing was stored.",
        options,
      );
    case "PSCORRUPT":
      return corrupt(options);
    case "PSFORMAT":
    case "WRONGTYPE":
      return new PersistError(
        "ERR_STORE_FORMAT",
        "A key of the Redis store was written by another program or another version of this package. It was left as it is. " +
          'Choose another prefix: { prefix: "my-app:" }.',
        options,
      );
    case "CROSSSLOT":
    case "MOVED":
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        "The Redis server is a node of a cluster. Give the store a cluster client (createCluster of node-redis, Cluster of ioredis).",
        options,
      );
    case "NOAUTH":
    case "WRONGPASS":
    case "NOPERM":
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        `The Redis server refused this user (${code}). Check the name, the password and the rights that docs/redis.md lists.`,
        options,
      );
    default:
      if (/msgpack|bad data format|missing bytes/i.test(messageOf(error))) return corrupt(options);
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        `The Redis server answered with an error: ${textOf(error)}`,
        options,
      );
  }
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function corrupt(options: { cause: Error | undefined }): PersistError {
  return new PersistError(
    "ERR_STORE_CORRUPT",
    "The data of this owner in the Redis store is damaged: another program has changed it. It was left as it is. " +
      "Restore it from a backup, or delete the owner's key.",
    options,
  );
}
