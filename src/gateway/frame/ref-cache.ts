import { FORWARD } from "./messages.ts";
import { fieldsOf, lengthField } from "./wire.ts";

/**
 * Streamlit names a message again by its hash for this many runs of the script; its pages then drop
 * it (`global.maxCachedMessageAge`).
 */
const MAX_AGE = 2;

/**
 * How many bytes of messages are kept that the page no longer shows. Each step of a long streamed
 * answer is such a message, and none of them is sent again.
 */
const MAX_REPLACED = 256 * 1024;

/** The long messages of a page that Streamlit may send again as a mere reference. */
export class RefCache {
  readonly #known = new Map<string, { readonly message: Buffer; age: number }>();
  readonly #hashes = new Map<Buffer, string>();
  /** Those that the page no longer shows, in the order in which they were replaced. */
  readonly #replaced = new Set<Buffer>();
  #replacedBytes = 0;

  add(hash: string, message: Buffer): void {
    const before = this.#known.get(hash);
    if (before !== undefined) this.#forget(hash, before.message);
    this.#known.set(hash, { message, age: 0 });
    this.#hashes.set(message, hash);
  }

  /**
   * The page no longer shows this message. @returns how many bytes of messages are no longer kept
   * at all
   */
  replace(message: Buffer | undefined): number {
    if (message === undefined) return 0;
    if (!this.#hashes.has(message)) return message.length;
    this.#replaced.add(message);
    this.#replacedBytes += message.length;
    let dropped = 0;
    for (const one of this.#replaced) {
      if (this.#replacedBytes <= MAX_REPLACED) break;
      dropped += one.length;
      this.#forget(this.#hashes.get(one) as string, one);
    }
    return dropped;
  }

  /**
   * The message that a reference stands for, at the reference's own place.
   * @throws RangeError if it is unknown
   */
  resolve(hash: string, metadata: Uint8Array): Buffer {
    const known = this.#known.get(hash);
    if (known === undefined) throw new RangeError("A reference to an unknown message.");
    known.age = 0;
    this.#unmark(known.message);
    const fields = fieldsOf(known.message).filter(({ number }) => number !== FORWARD.metadata);
    return Buffer.concat([
      ...fields.map(({ raw }) => raw),
      lengthField(FORWARD.metadata, metadata),
    ]);
  }

  /** The whole script has run. */
  age(): void {
    for (const [hash, known] of this.#known)
      if (++known.age > MAX_AGE) this.#forget(hash, known.message);
  }

  messages(): Buffer[] {
    return Array.from(this.#known.values(), ({ message }) => message);
  }

  clear(): void {
    this.#known.clear();
    this.#hashes.clear();
    this.#replaced.clear();
    this.#replacedBytes = 0;
  }

  #forget(hash: string, message: Buffer): void {
    this.#known.delete(hash);
    this.#hashes.delete(message);
    this.#unmark(message);
  }

  /** It no longer counts as replaced. */
  #unmark(message: Buffer): void {
    if (this.#replaced.delete(message)) this.#replacedBytes -= message.length;
  }
}
