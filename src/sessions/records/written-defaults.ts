import { createHash } from "node:crypto";

/**
 * How long the defaults of a first write are remembered, in milliseconds: longer than two first
 * visits can be apart.
 */
const MAX_AGE = 5 * 60_000;
/** How many records' defaults are remembered. */
const MAX_RECORDS = 10_000;

interface Written {
  readonly at: number;
  /** The bytes of each attribute, without a seal, as hashes. */
  readonly hashes: ReadonlyMap<string, string>;
}

/**
 * Which attributes a record has only because its first write stored the class's defaults with it.
 * Nothing in the store distinguishes them from what a visitor has set, and when two first sessions
 * of one browser are joined, a default must not win over that. Known only to the process that made
 * the record, and for a while: long enough for first visits.
 */
export class WrittenDefaults {
  readonly #records = new Map<string, Written>();

  /**
   * A record was given these defaults. The bytes are compared unsealed, because each seal is
   * different.
   */
  note(owner: string, state: string, defaults: Iterable<readonly [string, Uint8Array]>): void {
    const key = keyOf(owner, state);
    const hashes = new Map(this.#records.get(key)?.hashes);
    for (const [name, bytes] of defaults) hashes.set(name, hash(bytes));
    if (hashes.size === 0) return;
    const now = Date.now();
    for (const [oldest, { at }] of this.#records) {
      if (this.#records.size < MAX_RECORDS && now - at < MAX_AGE) break;
      this.#records.delete(oldest);
    }
    this.#records.delete(key);
    this.#records.set(key, { at: now, hashes });
  }

  /** Whether these are the bytes of the default that was stored with a first write. */
  has(owner: string, state: string, name: string, bytes: Uint8Array): boolean {
    return this.#records.get(keyOf(owner, state))?.hashes.get(name) === hash(bytes);
  }
}

function keyOf(owner: string, state: string): string {
  return `${owner}\0${state}`;
}

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
