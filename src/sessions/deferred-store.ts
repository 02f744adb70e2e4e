import type { ReadResult, Store } from "../store/store.ts";

/** Stands for a store that is still being opened: each call waits for it, and fails as the opening has failed. */
export class DeferredStore implements Store {
  readonly name: string;
  readonly shared: boolean;
  readonly #opening: Promise<Store>;
  #opened: Store | undefined;
  readNow?: NonNullable<Store["readNow"]>;

  constructor(opening: Promise<Store>, name: string, shared: boolean) {
    this.#opening = opening;
    opening.then(
      (store) => {
        this.#opened = store;
        if (store.readNow !== undefined)
          this.readNow = (...args) => store.readNow?.(...args) as ReadResult;
      },
      // Whoever calls is told.
      () => undefined,
    );
    this.name = name;
    this.shared = shared;
  }

  readonly read: Store["read"] = (...args) => this.#with((store) => store.read(...args));
  readonly write: Store["write"] = (...args) => this.#with((store) => store.write(...args));
  readonly clear: Store["clear"] = (...args) => this.#with((store) => store.clear(...args));
  readonly touch: Store["touch"] = (...args) => this.#with((store) => store.touch(...args));
  readonly owner: Store["owner"] = (...args) => this.#with((store) => store.owner(...args));
  readonly sweep: Store["sweep"] = (...args) => this.#with((store) => store.sweep(...args));
  readonly watch: Store["watch"] = (...args) => this.#with((store) => store.watch(...args));

  async *sessions(): ReturnType<Store["sessions"]> {
    yield* (await this.#opening).sessions();
  }

  async close(): Promise<void> {
    await (await this.#opening.catch(() => undefined))?.close();
  }

  /** Once the store is there, a call is a call. */
  #with<T>(call: (store: Store) => Promise<T>): Promise<T> {
    return this.#opened === undefined ? this.#opening.then(call) : call(this.#opened);
  }
}
