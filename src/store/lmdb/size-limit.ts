import type { RootDatabase } from "lmdb";
import { PersistError } from "../../errors.ts";
import type { Changes } from "../embedded/index.ts";

/** Roughly what a new owner's entries take beside the bytes of its attributes. */
const NEW_OWNER = 300;

interface Stats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/**
 * Keeps the stored data within the size that the app allows. LMDB itself would let its file grow
 * until the disk is full.
 */
export class SizeLimit {
  readonly #database: RootDatabase<Buffer, Uint8Array>;
  readonly #path: string;
  readonly #maxSize: number | undefined;

  constructor(
    database: RootDatabase<Buffer, Uint8Array>,
    path: string,
    maxSize: number | undefined,
  ) {
    this.#database = database;
    this.#path = path;
    this.#maxSize = maxSize;
  }

  /**
   * Refuses changes that need more room than is left. Changes that make the data smaller always
   * pass.
   * @throws PersistError `ERR_STORE_FULL`
   */
  check(changes: Changes, bytesBefore: () => number | undefined): void {
    if (this.#maxSize === undefined) return;
    const added = (changes.owner?.bytes ?? 0) - (bytesBefore() ?? -NEW_OWNER);
    if (added <= 0 || this.#used() + added <= this.#maxSize) return;
    throw new PersistError(
      "ERR_STORE_FULL",
      `The store ${this.#path} would hold more than its limit of ${this.#maxSize} bytes. This commit was not stored; ` +
        "what was stored before is safe. Raise maxSize, or let sessions expire earlier.",
    );
  }

  /** Bytes of the pages that hold data. */
  #used(): number {
    const stats = this.#database.getStats() as Stats;
    return (
      stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages)
    );
  }
}
