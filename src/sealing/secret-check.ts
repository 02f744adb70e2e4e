import type { PersistError } from "../errors.ts";
import type { SessionInfo, Store } from "../store/index.ts";
import type { SealKeys } from "./seal-keys.ts";
import { sealedOtherwise } from "./seal-errors.ts";
import { isSealed, sealedBy } from "./value-seal.ts";

/** How many owners are checked at most, and of which size in bytes. */
const MAX_OWNERS = 8;
const MAX_BYTES = 1024 * 1024;
/**
 * How long the look may take in all. Then: how long its answer "other secrets" holds, and when one
 * that failed is tried again. Milliseconds.
 */
const MAX_TIME = 2000;
const REFUSED_FOR = 1000;
const RETRY_AFTER = 10_000;

/**
 * Whether a store's values were sealed with a known secret. With another secret no token is valid,
 * so no session would ever meet the values of its past: visitors would start with nothing, and no
 * error would say so. So a few of the stored values are checked first.
 */
export class SecretCheck {
  readonly #store: Store;
  readonly #keys: SealKeys | undefined;
  #running: Promise<void> | undefined;
  #retryAt = 0;
  #refused: PersistError | undefined;
  readonly #passed: () => void;
  hasPassed = false;

  /** @param passed - called once, when the secret has been found to be right */
  constructor(store: Store, keys: SealKeys | undefined, passed: () => void) {
    this.#store = store;
    this.#keys = keys;
    this.#passed = passed;
    // Without a secret each sealed value that is met is an error anyway.
    this.hasPassed = keys === undefined;
  }

  /** @throws PersistError `ERR_STORE_SEALED`. A store that cannot be asked passes for now. */
  async run(): Promise<void> {
    if (this.hasPassed) return;
    if (performance.now() < this.#retryAt) {
      if (this.#refused !== undefined) throw this.#refused;
      return;
    }
    this.#running ??= this.#check().finally(() => (this.#running = undefined));
    await this.#running;
  }

  async #check(): Promise<void> {
    this.#refused = undefined;
    let found;
    try {
      found = await this.#sample();
    } catch {
      // The call itself says what is wrong with the store.
      this.#retryAt = performance.now() + RETRY_AFTER;
      return;
    }
    if (found !== "others") {
      this.hasPassed = true;
      this.#passed();
      return;
    }
    this.#retryAt = performance.now() + REFUSED_FOR;
    this.#refused = sealedOtherwise();
    throw this.#refused;
  }

  /** Looks until one value of a known secret is found. */
  async #sample(): Promise<"known" | "others" | "none"> {
    let found: "others" | "none" = "none";
    const until = performance.now() + MAX_TIME;
    const owners = this.#store.sessions()[Symbol.asyncIterator]();
    try {
      for (let looked = 0; looked < MAX_OWNERS;) {
        const next = await within(until, owners.next());
        if (next === undefined || next.done === true) break;
        if (next.value.bytes > MAX_BYTES) continue;
        looked++;
        const ids = await within(until, this.#idsOf(next.value));
        if (ids === undefined) break;
        if (ids.some((id) => this.#keys?.has(id))) return "known";
        if (ids.length > 0) found = "others";
      }
    } finally {
      // Not waited for: it may be what takes so long.
      owners.return?.()?.catch(() => undefined);
    }
    return found;
  }

  /** The names of the keys that an owner's values were sealed with. */
  async #idsOf({ owner, states }: SessionInfo): Promise<number[]> {
    const ids = new Set<number>();
    for (const state of states) {
      const { record } = await this.#store.read(owner, state);
      for (const { bytes } of record?.attributes.values() ?? []) {
        const id = bytes !== undefined && isSealed(bytes) ? sealedBy(bytes) : undefined;
        if (id !== undefined) ids.add(id);
      }
    }
    return [...ids];
  }
}

/** The result of the work; undefined if it is not there by then. */
async function within<T>(until: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, until - performance.now()), undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
