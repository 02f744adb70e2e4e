import { PersistError } from "../../errors.ts";
import { ioredisLink } from "./ioredis-link.ts";
import type { RedisLink } from "./link.ts";
import { nodeRedisLink } from "./node-redis-link.ts";

/** A connected client of node-redis (`redis` 5 or 6): `createClient`, `createCluster`. */
export interface NodeRedisClient {
  /** Sends one command. */
  sendCommand(...args: never[]): Promise<unknown>;
  /** Makes another client of the same settings, for messages. */
  duplicate(...args: never[]): unknown;
}

/** A client of `ioredis` 5 or 6: `Redis`, `Cluster`. */
export interface IoredisClient {
  /** Sends one command and gives its answer as bytes. */
  callBuffer(...args: never[]): Promise<unknown>;
  /** Makes another client of the same settings, for messages. */
  duplicate(...args: never[]): unknown;
}

/** @throws PersistError `ERR_OPTION_INVALID` */
export function linkOf(client: NodeRedisClient | IoredisClient | undefined): RedisLink {
  if (has(client, "callBuffer") && has(client, "duplicate")) return ioredisLink(client);
  if (has(client, "sendCommand") && has(client, "duplicate") && has(client, "withTypeMapping"))
    return nodeRedisLink(client);
  throw new PersistError(
    "ERR_OPTION_INVALID",
    "The option client must be a client of redis (node-redis 5 or later) or of ioredis (5 or later).",
  );
}

function has(client: unknown, method: string): boolean {
  return typeof (client as Record<string, unknown> | null)?.[method] === "function";
}
