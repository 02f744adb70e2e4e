import { PersistError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** Stands for a store that is still being opened: each call waits for it, and fails as the opening has failed. */
export class DeferredStore implements Store {
  readonly name: string;
  readonly shared: boolean;
  readonly #opening: Promise<Store>;
  #closed = false;

  constructor(opening: Promise<Store>, name: string, shared: boolean) {
    this.#opening = opening;
    this.name = name;
    this.shared = shared;
  }

  readonly read: Store["read"] = async (...args) => await (await this.#open()).read(...args);
  readonly write: Store["write"] = async (...args) => await (await this.#open()).write(...args);
  readonly clear: Store["clear"] = async (...args) => await (await this.#open()).clear(...args);
  readonly touch: Store["touch"] = async (...args) => await (await this.#open()).touch(...args);
  readonly owner: Store["owner"] = async (...args) => await (await this.#open()).owner(...args);
  readonly sweep: Store["sweep"] = async (...args) => await (await this.#open()).sweep(...args);
  readonly watch: Store["watch"] = async (...args) => await (await this.#open()).watch(...args);

  async *sessions(): ReturnType<Store["sessions"]> {
    yield* (await this.#open()).sessions();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const store = await this.#opening.catch(() => undefined);
    await store?.close();
  }

  async #open(): Promise<Store> {
    if (this.#closed)
      throw new PersistError(
        "ERR_STORE_CLOSED",
        `The ${this.name} store is closed. Create the sessions anew.`,
      );
    return await this.#opening;
  }
}
