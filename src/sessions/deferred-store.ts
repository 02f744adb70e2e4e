import type { ReadResult, Store } from "../store/index.ts";

/** How long after a failure the next call tries to open the store again, in milliseconds. */
const RETRY_AFTER = 1000;

/**
 * Stands in for a store that is still being opened: each call waits for it. If opening fails, the
 * calls fail with the same error, and a later call tries again. So a container that starts while
 * its predecessor still has the directory open recovers by itself.
 */
export class DeferredStore implements Store {
  readonly name: string;
  readonly shared: boolean;
  readNow?: NonNullable<Store["readNow"]>;
  bindsVersions = false;
  readonly #open: () => Promise<Store>;
  #opening: Promise<Store>;
  #opened: Store | undefined;
  #failedAt: number | undefined;
  #closed = false;

  constructor(open: () => Promise<Store>, name: string, shared: boolean) {
    this.name = name;
    this.shared = shared;
    this.#open = open;
    this.#opening = this.#start();
  }

  /** The first opening, or the one under way. */
  get opening(): Promise<unknown> {
    return this.#opening;
  }

  readonly read: Store["read"] = (...args) => this.#with((store) => store.read(...args));
  readonly write: Store["write"] = (...args) => this.#with((store) => store.write(...args));
  readonly clear: Store["clear"] = (...args) => this.#with((store) => store.clear(...args));
  readonly touch: Store["touch"] = (...args) => this.#with((store) => store.touch(...args));
  readonly owner: Store["owner"] = (...args) => this.#with((store) => store.owner(...args));
  readonly sweep: Store["sweep"] = (...args) => this.#with((store) => store.sweep(...args));
  readonly watch: Store["watch"] = (...args) => this.#with((store) => store.watch(...args));

  async *sessions(): ReturnType<Store["sessions"]> {
    yield* (await this.#current()).sessions();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#opening.catch(() => undefined))?.close();
  }

  /** Calls the store directly once it is open. */
  #with<T>(call: (store: Store) => Promise<T>): Promise<T> {
    return this.#opened === undefined ? this.#current().then(call) : call(this.#opened);
  }

  #current(): Promise<Store> {
    const due = this.#failedAt !== undefined && performance.now() - this.#failedAt >= RETRY_AFTER;
    if (due && !this.#closed) this.#opening = this.#start();
    return this.#opening;
  }

  #start(): Promise<Store> {
    this.#failedAt = undefined;
    const opening = this.#open();
    opening.then(
      (store) => {
        this.#opened = store;
        this.bindsVersions = store.bindsVersions === true;
        if (store.readNow !== undefined)
          this.readNow = (...args) => store.readNow?.(...args) as ReadResult;
        return store;
      },
      // The caller gets the error.
      () => (this.#failedAt = performance.now()),
    );
    return opening;
  }
}
