import { FORWARD } from "./messages.ts";
import { fieldsOf, lengthField } from "./wire.ts";

/** Streamlit names a message again by its hash for so many runs of the script; its pages then drop it (`global.maxCachedMessageAge`). */
const MAX_AGE = 2;

/** The long messages of a page that Streamlit may send again as a mere reference. */
export class RefCache {
  readonly #known = new Map<string, { readonly message: Buffer; age: number }>();
  readonly #messages = new Set<Buffer>();

  add(hash: string, message: Buffer): void {
    const before = this.#known.get(hash);
    if (before !== undefined) this.#messages.delete(before.message);
    this.#known.set(hash, { message, age: 0 });
    this.#messages.add(message);
  }

  /**
   * The message that a reference stands for, at the reference's own place.
   * @throws RangeError if it is unknown
   */
  resolve(hash: string, metadata: Uint8Array): Buffer {
    const known = this.#known.get(hash);
    if (known === undefined) throw new RangeError("A reference to an unknown message.");
    known.age = 0;
    const fields = fieldsOf(known.message).filter(({ number }) => number !== FORWARD.metadata);
    return Buffer.concat([
      ...fields.map(({ raw }) => raw),
      lengthField(FORWARD.metadata, metadata),
    ]);
  }

  /** The whole script has run. */
  age(): void {
    for (const [hash, known] of this.#known) {
      if (++known.age <= MAX_AGE) continue;
      this.#known.delete(hash);
      this.#messages.delete(known.message);
    }
  }

  /** Whether a message is kept here too. */
  holds(message: Buffer | undefined): boolean {
    return message !== undefined && this.#messages.has(message);
  }

  messages(): Buffer[] {
    return Array.from(this.#known.values(), ({ message }) => message);
  }

  clear(): void {
    this.#known.clear();
    this.#messages.clear();
  }
}
