import { createHmac, type KeyObject } from "node:crypto";
import { dropOldest } from "../drop-oldest.ts";
import type { KeyRing } from "../identity/index.ts";

const PURPOSE = "stored values";
/** How many owners' keys are remembered; each takes some hundred bytes. */
const MAX_REMEMBERED = 20_000;

/**
 * The keys that stored values are sealed with. Each owner has a key of its own: under one key at
 * most some 2^32 values may be sealed (random nonces of 96 bits), which an owner never reaches, and
 * a busy site would.
 */
export class SealKeys {
  readonly #masters: readonly KeyObject[];
  readonly #ids: readonly number[];
  /** By owner: its keys in the order of the ring, as far as they were needed. */
  readonly #owners = new Map<string, (Buffer | undefined)[]>();

  constructor(ring: KeyRing) {
    this.#masters = ring.derive(PURPOSE);
    this.#ids = this.#masters.map((master) => hmac(master, "id").readUInt32BE(0));
  }

  /**
   * The public name of the newest key, which each sealed value carries: 32 bits that say nothing of
   * the key.
   */
  get newestId(): number {
    return this.#ids[0] as number;
  }

  /** Whether the ring has the key of this name. */
  has(id: number): boolean {
    return this.#ids.includes(id);
  }

  /** The key of an owner, 32 bytes; undefined if the ring has no key of this name. */
  of(owner: string, id: number): Buffer | undefined {
    const at = this.#ids.indexOf(id);
    if (at === -1) return undefined;
    let keys = this.#owners.get(owner);
    if (keys === undefined) {
      keys = [];
      this.#owners.set(owner, keys);
      if (this.#owners.size > MAX_REMEMBERED) dropOldest(this.#owners, MAX_REMEMBERED);
    }
    // The step "expand" of HKDF (RFC 5869) for one block; the ring has made the step "extract".
    return (keys[at] ??= hmac(this.#masters[at] as KeyObject, `owner\0${owner}\u0001`));
  }
}

function hmac(key: KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
