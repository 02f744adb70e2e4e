import { PersistError } from "../errors.ts";
import type { Store } from "./store.ts";

/** A store named by its URL, before it is opened. */
export interface StoreAddress {
  readonly name: string;
  readonly shared: boolean;
  /** The directory of an embedded store. */
  readonly directory: string | undefined;
  open(): Promise<Store>;
}

/**
 * Parses a store URL: "memory:", "lmdb:./dir", "redis://host:6379" or "postgres://host/database". A
 * driver is loaded only when its store is opened.
 * @throws PersistError `ERR_STORE_URL`
 */
export function parseStoreUrl(url: string): StoreAddress {
  const scheme = /^([a-z]+):/.exec(url)?.[1];
  if (url === "memory:") {
    return {
      name: "memory",
      shared: false,
      directory: undefined,
      open: async () => (await import("./memory.ts")).memoryStore(),
    };
  }
  const directory = url.slice("lmdb:".length).replace(/^\/\/(?=\/)/, "");
  if (scheme === "lmdb" && directory !== "" && !directory.startsWith("//")) {
    return {
      name: "lmdb",
      shared: false,
      directory,
      open: async () => await (await import("#lmdb-store")).openLmdbStore({ path: directory }),
    };
  }
  if (scheme === "redis" || scheme === "rediss") {
    return {
      name: "redis",
      shared: true,
      directory: undefined,
      open: async () => await (await import("./redis.ts")).openRedisStore({ url }),
    };
  }
  if (scheme === "postgres" || scheme === "postgresql") {
    return {
      name: "postgres",
      shared: true,
      directory: undefined,
      open: async () => await (await import("./postgres.ts")).openPostgresStore({ url }),
    };
  }
  // The URL itself may hold a password, so the message does not repeat it.
  throw new PersistError(
    "ERR_STORE_URL",
    `The store URL${scheme === undefined ? "" : ` of kind "${scheme}:"`} is not known. Write "lmdb:./dir", "redis://host:6379", "postgres://host/database" or "memory:", or give a store object.`,
  );
}
