import { PersistError } from "../errors.ts";
import type { LmdbStoreOptions } from "./lmdb.ts";
import type { Store } from "./store.ts";

export type { LmdbStoreOptions };

/**
 * Replaces the embedded store in runtimes that load no compiled binary and have no files. Bundlers
 * choose it by the conditions `workerd`, `worker` and `edge-light` of package.json, so their
 * bundles do not include lmdb.
 *
 * @throws PersistError `ERR_STORE_BINARY`
 */
export async function openLmdbStore(_options: LmdbStoreOptions): Promise<Store> {
  throw new PersistError(
    "ERR_STORE_BINARY",
    "There is no embedded store here: this runtime loads no compiled binary and keeps no files, and LMDB needs both. Give the option store: a " +
      'store object, or "redis://…" or "postgres://…" if the runtime can reach one.',
  );
}
