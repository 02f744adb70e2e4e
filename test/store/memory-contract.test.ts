import { memoryStore } from "../../src/store/memory.ts";
import { testStoreContract } from "../../src/testing/store-contract.ts";

testStoreContract(
  "memory",
  async () => {
    const store = memoryStore();
    return { store, cleanup: async () => await store.close() };
  },
  { twoStores: false },
);
