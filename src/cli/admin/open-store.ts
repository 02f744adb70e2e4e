import { existsSync } from "node:fs";
import { PersistError } from "../../errors.ts";
import { parseStoreUrl, type Store } from "../../store/index.ts";
import type { CommandSettings, OptionTable, OptionValues } from "../command.ts";
import { passwordFileOption, storeUrl } from "../store-url.ts";
import { UsageError } from "../usage-error.ts";

/** The option for the store to read. */
export const storeOption = {
  store: {
    type: "string",
    value: "URL",
    help: "the store: lmdb:./dir, redis://host, postgres://host/db",
    preset: "PERSIST_SESSION_STORE, else lmdb:.persist-session",
  },
  "store-password-file": passwordFileOption("store"),
} as const satisfies OptionTable;

/** The place of the store can also be given as for `run`, by variables and in pyproject.toml. */
export const storeSettings: CommandSettings = {
  options: {
    ...storeOption,
    "state-dir": { type: "string", value: "DIR", help: "directory of the embedded store" },
  },
};

/** Opens the store that the options name, gives it to `work`, and closes it. */
export async function withStore<T>(
  values: OptionValues<typeof storeOption> & { readonly "state-dir"?: string },
  work: (store: Store, url: string) => Promise<T>,
): Promise<T> {
  const { store, "store-password-file": passwordFile } = values;
  const directory = values["state-dir"] ?? ".persist-session";
  const url = storeUrl({ role: "store", url: store, passwordFile }) ?? `lmdb:${directory}`;
  return await closing(await openExisting(url, "--store"), async (opened) => {
    return await work(opened, url);
  });
}

/** Works with a store, and closes it even if that fails. */
export async function closing<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Opens an existing store: a misspelt directory must not create a new one. */
export async function openExisting(url: string, option: string): Promise<Store> {
  const { directory } = parseStoreUrl(url);
  if (directory !== undefined && !existsSync(directory)) {
    throw new PersistError(
      "ERR_STORE_UNAVAILABLE",
      `There is no store in ${directory}. Say where it is with ${option} lmdb:DIR, or another URL.`,
    );
  }
  return await openStore(url, option);
}

/** Opens a store and checks that it answers: an unreachable one must be reported first. */
export async function openStore(url: string, option: string): Promise<Store> {
  const address = parseStoreUrl(url);
  if (address.name === "memory") {
    throw new UsageError(`${option} memory: is of another process, so nothing is in it here.`);
  }
  const store = await address.open();
  try {
    await store.owner("b:readiness");
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
