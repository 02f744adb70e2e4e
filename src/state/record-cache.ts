import { replacements } from "./registry.ts";
import type { Snapshot } from "./snapshot.ts";

interface Entry {
  snapshot: Snapshot;
  bytes: number;
  /** When it was last moved to the end, counted in such moves. */
  movedAt: number;
}

/**
 * Holds the records that this process read last, as bytes. So a read needs to bring only what has
 * changed since. Bounded in bytes; drops the least recently used first. A dropped entry costs one
 * full read and nothing else.
 */
export class RecordCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;
  #clock = 0;
  #replacements = replacements();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(owner: string, state: string): Snapshot | undefined {
    // A record that one schema has completed lacks attributes that only the other schema knows.
    if (this.#replacements !== replacements()) {
      this.#replacements = replacements();
      this.#entries.clear();
      this.#bytes = 0;
    }
    const key = cacheKey(owner, state);
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#use(key, found);
    return found.snapshot;
  }

  put(owner: string, state: string, snapshot: Snapshot): void {
    const key = cacheKey(owner, state);
    const bytes = cost(key, snapshot);
    const found = this.#entries.get(key);
    if (bytes > this.#maxBytes) {
      if (found !== undefined) this.#remove(key, found);
      return;
    }
    if (found === undefined) {
      this.#entries.set(key, { snapshot, bytes, movedAt: ++this.#clock });
      this.#bytes += bytes;
    } else {
      this.#bytes += bytes - found.bytes;
      found.snapshot = snapshot;
      found.bytes = bytes;
      this.#use(key, found);
    }
    if (this.#bytes <= this.#maxBytes) return;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      if (oldest !== key) this.#remove(oldest, entry);
    }
  }

  delete(owner: string, state: string): void {
    const key = cacheKey(owner, state);
    const found = this.#entries.get(key);
    if (found !== undefined) this.#remove(key, found);
  }

  /**
   * A Map keeps the order of insertion. So a used entry moves to the end, unless it must be near
   * there already.
   */
  #use(key: string, entry: Entry): void {
    if (this.#clock - entry.movedAt <= this.#entries.size / 2) return;
    entry.movedAt = ++this.#clock;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

function cacheKey(owner: string, state: string): string {
  return `${owner}\0${state}`;
}

// Roughly the bytes that a snapshot, its map and a cell take in V8 besides the values.
const ENTRY_BYTES = 400;
const CELL_BYTES = 150;
// A parsed value takes about this many times the bytes of its JSON.
const PARSED_FACTOR = 4;

function cost(key: string, snapshot: Snapshot): number {
  let bytes = ENTRY_BYTES + 2 * key.length + snapshot.cells.size * CELL_BYTES + snapshot.size;
  for (const cell of snapshot.cells.values()) {
    if (cell.frozen !== undefined) bytes += PARSED_FACTOR * (cell.bytes?.length ?? 0);
  }
  return bytes;
}
