import { describe, test } from "node:test";
import type { Store } from "../store/index.ts";
import {
  clearing,
  concurrency,
  type ContractCase,
  type ContractOptions,
  expiring,
  listingAndWatching,
  namesAndBytes,
  type OpenedStore,
  reading,
  sweeping,
  writing,
} from "./contract/index.ts";

export type { ContractOptions, OpenedStore } from "./contract/index.ts";

/** The limit of the library for one attribute. */
const MAX_VALUE = 16 * 1024 * 1024;

/**
 * Registers the contract of `Store` as tests of node:test. A store is correct if all of them pass.
 * `open` is called for each case and must give an empty store. Cases with two stores on the same
 * data are left out if `twoStores` is false.
 *
 * @example
 * ```ts
 * import { memoryStore } from "persist-session/store/memory";
 * import { testStoreContract } from "persist-session/testing";
 *
 * testStoreContract(
 *   "my store",
 *   async () => {
 *     const store = memoryStore(); // here: your own store
 *     return { store, cleanup: () => store.close() };
 *   },
 *   { twoStores: false },
 * );
 * ```
 */
export function testStoreContract(
  name: string,
  open: () => Promise<OpenedStore>,
  options: ContractOptions & { readonly twoStores?: boolean } = {},
): void {
  const { largestValue = MAX_VALUE, sweeps = true, twoStores = true } = options;
  const cases = [
    reading,
    writing,
    clearing,
    expiring,
    namesAndBytes,
    concurrency,
    listingAndWatching,
  ].flat();
  if (sweeps) cases.push(...sweeping);
  // node:test itself waits for registered tests.
  const group: (title: string, register: () => void) => unknown = describe;
  const testCase: (title: string, run: () => Promise<void>) => unknown = test;
  group(`${name}: the store contract`, () => {
    for (const one of cases) {
      if (one.shared === true && !twoStores) continue;
      testCase(one.title, () => runCase(one, open, { largestValue, sweeps }));
    }
  });
}

async function runCase(
  one: ContractCase,
  open: () => Promise<OpenedStore>,
  options: Required<ContractOptions>,
): Promise<void> {
  const { store, reopen, cleanup } = await open();
  const others: Store[] = [];
  const another = async (): Promise<Store> => {
    if (reopen === undefined) {
      throw new TypeError(
        "This case needs `reopen`; a store that cannot be opened twice says { twoStores: false }.",
      );
    }
    const other = await reopen();
    others.push(other);
    return other;
  };
  try {
    await one.run({ store, another, options });
  } finally {
    for (const other of others) await other.close();
    await cleanup();
  }
}
