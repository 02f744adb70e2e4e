import type { LmdbStoreOptions } from "../../src/store/lmdb.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import type { OpenedStore } from "../../src/testing/store-contract.ts";
import { testStoreContract } from "../../src/testing/store-contract.ts";
import { newDirectory } from "./fixtures/directory.ts";

async function open(durability: LmdbStoreOptions["durability"] & string): Promise<OpenedStore> {
  const { path, remove } = newDirectory();
  const reopen = (): ReturnType<typeof openLmdbStore> => openLmdbStore({ path, durability });
  const store = await reopen();
  const cleanup = async (): Promise<void> => {
    await store.close();
    remove();
  };
  return { store, reopen, cleanup };
}

testStoreContract("lmdb", () => open("process"));
testStoreContract("lmdb, flushed to the disk", () => open("disk"), { largestValue: 1_000_000 });
