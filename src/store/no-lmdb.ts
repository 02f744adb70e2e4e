import { PersistError } from "../errors.ts";
import type { LmdbStoreOptions } from "./lmdb.ts";
import type { Store } from "./store.ts";

export type { LmdbStoreOptions };

/**
 * Stands for the embedded store in runtimes that load no compiled binary and have no files of their
 * own. Bundlers take it by the conditions `workerd`, `worker` and `edge-light` of package.json, so
 * nothing of lmdb is in their bundles.
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
