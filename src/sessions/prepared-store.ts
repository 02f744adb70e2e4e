import { randomBytes } from "node:crypto";
import { KeyRing, type LoadedSecret, loadSecret } from "../identity/index.ts";
import { parseStoreUrl, type Store } from "../store/index.ts";
import { DeferredStore } from "./deferred-store.ts";
import type { SessionsOptions } from "./options.ts";

const DEFAULT_DIRECTORY = ".persist-session";

/** What must be known about a store before it is opened. */
export interface PreparedStore {
  readonly name: string;
  readonly shared: boolean;
  readonly stateDir: string;
  open(): { store: Store; opening: Promise<unknown> };
}

/** Reads the options of the store, and opens nothing. @throws PersistError `ERR_STORE_URL` */
export function prepareStore(options: SessionsOptions): PreparedStore {
  const { store = `lmdb:${options.stateDir ?? DEFAULT_DIRECTORY}` } = options;
  if (typeof store !== "string") {
    const { name, shared } = store;
    const stateDir = options.stateDir ?? DEFAULT_DIRECTORY;
    return { name, shared, stateDir, open: () => ({ store, opening: Promise.resolve() }) };
  }
  const address = parseStoreUrl(store);
  const { name, shared } = address;
  return {
    name,
    shared,
    stateDir: options.stateDir ?? address.directory ?? DEFAULT_DIRECTORY,
    open() {
      const store = new DeferredStore(() => address.open(), name, shared);
      return { store, opening: store.opening };
    },
  };
}

/**
 * The secrets that were made for given memory stores: all `Sessions` that share such a store must
 * be able to open its values.
 */
const madeSecrets = new WeakMap<Store, KeyRing>();

/** @throws PersistError `ERR_SECRET_…` */
export function findSecret(
  { secret, store }: SessionsOptions,
  { name, shared, stateDir }: PreparedStore,
): LoadedSecret {
  const given = secret ?? process.env["PERSIST_SESSION_SECRET"];
  // A memory store ends with the process. So may its secret, which needs no file.
  if (given === undefined && name === "memory") {
    const known = typeof store === "object" ? madeSecrets.get(store) : undefined;
    const ring = known ?? new KeyRing(randomBytes(32).toString("base64url"));
    if (typeof store === "object") madeSecrets.set(store, ring);
    return { ring, appId: undefined };
  }
  return loadSecret({ secret, stateDir, shared });
}
