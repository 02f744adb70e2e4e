import { PersistError } from "../errors.ts";
import type { KeyRing } from "../identity/index.ts";
import type {
  OwnerInfo,
  ReadResult,
  RecordPoint,
  RecordWrite,
  Store,
  StoredAttribute,
  StoredRecord,
  WriteOptions,
  WriteResult,
} from "../store/index.ts";
import { SealKeys } from "./seal-keys.ts";
import { secretMissing, sealedOtherwise } from "./seal-errors.ts";
import { SecretCheck } from "./secret-check.ts";
import {
  isNumberName,
  isSealed,
  numberNameOf,
  openValue,
  sealBound,
  sealedBy,
  sealSet,
} from "./value-seal.ts";

export interface SealedStoreOptions {
  /**
   * The secrets: the newest seals, all open. Undefined if none is known: then a sealed value is an
   * error, and nothing is sealed.
   */
  readonly ring: KeyRing | undefined;
  /** Whether what is written is sealed. What is read is opened in any case. Default true. */
  readonly seals?: boolean;
}

/**
 * A store whose values are sealed: what is written is sealed before the store gets it, and what is
 * read is opened. Values that are not sealed are read as they are. Owners, names, sizes and times
 * are not sealed: the store finds and counts by them.
 *
 * A value whose seal does not hold is handed on as it is stored, with a format byte that no decoder
 * takes: so the one attribute fails where it is used, and the others do not. A value of a secret
 * that is not known fails the whole read.
 */
export class SealedStore implements Store {
  readonly name: string;
  readonly shared: boolean;
  readonly ended?: NonNullable<Store["ended"]>;
  /** Absent until the secret is checked. */
  readNow?: NonNullable<Store["readNow"]>;
  readonly #store: Store;
  readonly #keys: SealKeys | undefined;
  readonly #seals: boolean;
  readonly #check: SecretCheck;

  constructor(store: Store, { ring, seals = true }: SealedStoreOptions) {
    this.name = store.name;
    this.shared = store.shared;
    this.#store = store;
    this.#keys = ring === undefined ? undefined : new SealKeys(ring);
    this.#seals = seals && ring !== undefined;
    this.#check = new SecretCheck(store, this.#keys, () => this.#allowReadNow());
    if (store.ended !== undefined) this.ended = () => store.ended?.() ?? none();
  }

  /**
   * Resolves once it is known that the secret is the store's, as far as a look at a few sessions
   * can tell.
   * @throws PersistError `ERR_STORE_SEALED`, `ERR_SECRET_REQUIRED`
   */
  async check(): Promise<void> {
    await this.#check.run();
  }

  read(owner: string, state: string, since?: RecordPoint): Promise<ReadResult> {
    const found = this.#checked(this.#store.read(owner, state, since));
    return found.then((result) => this.#open(owner, state, result));
  }

  // Not an async function: every promise on the way of a commit costs measurable time.
  write(
    owner: string,
    writes: readonly RecordWrite[],
    options: WriteOptions,
  ): Promise<WriteResult> {
    if (!this.#check.hasPassed) return this.#writeChecked(owner, writes, options);
    let sealed: readonly RecordWrite[];
    try {
      sealed = writes.map((write) => this.#seal(owner, write));
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a PersistError
      return Promise.reject(error);
    }
    return this.#store.write(owner, sealed, options);
  }

  async #writeChecked(...args: Parameters<Store["write"]>): Promise<WriteResult> {
    await this.#check.run();
    const [owner, writes, options] = args;
    const sealed = writes.map((write) => this.#seal(owner, write));
    return await this.#store.write(owner, sealed, options);
  }

  owner(owner: string): Promise<OwnerInfo> {
    return this.#checked(this.#store.owner(owner));
  }

  readonly clear: Store["clear"] = (...args) => this.#store.clear(...args);
  readonly touch: Store["touch"] = (...args) => this.#store.touch(...args);
  readonly sweep: Store["sweep"] = (...args) => this.#store.sweep(...args);
  readonly sessions: Store["sessions"] = () => this.#store.sessions();
  readonly watch: Store["watch"] = (...args) => this.#store.watch(...args);
  readonly close: Store["close"] = () => this.#store.close();

  /** The first calls take the check along: it costs them no time of its own. */
  #checked<T>(call: Promise<T>): Promise<T> {
    if (this.#check.hasPassed) return call;
    return Promise.all([call, this.#check.run()]).then(([result]) => result);
  }

  #allowReadNow(): void {
    const store = this.#store;
    if (store.readNow === undefined) return;
    this.readNow = (owner, state, since) =>
      this.#open(owner, state, (store as Required<Store>).readNow(owner, state, since));
  }

  #seal(owner: string, write: RecordWrite): RecordWrite {
    const { state, set, remove = [] } = write;
    for (const names of [set.keys(), remove])
      for (const name of names) if (isNumberName(name)) throw ownName(state, name);
    if (!this.#seals || this.#keys === undefined) return write;
    const keys = this.#keys;
    if (this.#store.bindsVersions === true)
      return { ...write, bind: (point) => sealBound(keys, owner, state, set, point) };
    const sealed = sealSet(keys, owner, state, set, write.base === "absent");
    if (remove.length === 0) return { ...write, set: sealed };
    return { ...write, set: sealed, remove: [...remove, ...remove.map(numberNameOf)] };
  }

  #open(owner: string, state: string, result: ReadResult): ReadResult {
    const { record } = result;
    if (record === undefined || record.attributes.size === 0) return result;
    let isPlain = true;
    const attributes = new Map<string, StoredAttribute>();
    for (const [name, attribute] of record.attributes) {
      if (isNumberName(name)) {
        isPlain = false;
        continue;
      }
      const { version, bytes } = attribute;
      if (bytes === undefined || !isSealed(bytes)) {
        attributes.set(name, attribute);
        continue;
      }
      isPlain = false;
      const opened = this.#openOne(owner, state, name, bytes, record);
      attributes.set(name, opened === undefined ? attribute : { version, bytes: opened });
    }
    return isPlain ? result : { ...result, record: { ...record, attributes } };
  }

  #openOne(
    owner: string,
    state: string,
    name: string,
    bytes: Uint8Array,
    record: StoredRecord,
  ): Uint8Array | undefined {
    if (this.#keys === undefined) throw secretMissing();
    const id = sealedBy(bytes);
    if (id !== undefined) {
      const key = this.#keys.of(owner, id);
      if (key === undefined) throw sealedOtherwise();
      const opened = openValue(key, owner, state, name, record);
      if (opened !== undefined) return opened;
    }
    // The library's own records are read by code that knows no decoder.
    if (!state.startsWith("\u0001")) return undefined;
    throw new PersistError(
      "ERR_STORE_CORRUPT",
      "What the store holds of a session itself does not open: it is damaged, or was put there by something else. Nothing was changed. " +
        "Clear the session (persist-session clear), or put the store back from a backup.",
    );
  }
}

function ownName(state: string, name: string): PersistError {
  return new PersistError(
    "ERR_VALUE_UNSUPPORTED",
    `${state} cannot have an attribute named ${JSON.stringify(name)}: names that begin so are the library's own. Give the attribute another name.`,
  );
}

async function* none(): AsyncGenerator<never> {}
