import { PersistError } from "../../errors.ts";
import { isWellFormed } from "./keys.ts";

// Each entry goes into the database as soon as it is written, so all entries share one buffer.
let work = Buffer.allocUnsafe(4096);

/**
 * Writes small whole numbers and texts one after another, without names, because every request
 * reads entries. Use one writer at a time: the next one overwrites what the last one wrote.
 */
export class PackedWriter {
  #length = 0;

  /** A whole number from 0 to `Number.MAX_SAFE_INTEGER`, seven bits a byte. */
  number(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new PersistError(
        "ERR_OPTION_INVALID",
        `Expected a whole number of 0 or more for the store, got ${value}.`,
      );
    }
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      work[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    work[this.#length++] = rest;
    return this;
  }

  /** Bytes that are already encoded. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    work.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  text(value: string): this {
    const encoding = isWellFormed(value) ? "utf8" : "utf16le";
    const size = Buffer.byteLength(value, encoding);
    this.number(size * 2 + (encoding === "utf8" ? 0 : 1));
    this.#reserve(size);
    this.#length += work.write(value, this.#length, encoding);
    return this;
  }

  /** What was written; valid until the next writer begins. */
  finish(): Buffer {
    return work.subarray(0, this.#length);
  }

  /** A copy of what was written. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafe(this.#length);
    work.copy(copy, 0, 0, this.#length);
    return copy;
  }

  #reserve(size: number): void {
    if (this.#length + size <= work.length) return;
    const larger = Buffer.allocUnsafe((this.#length + size) * 2);
    larger.set(work.subarray(0, this.#length));
    work = larger;
  }
}

/** Reads what a PackedWriter wrote. Throws `ERR_STORE_CORRUPT` for anything else. */
export class PackedReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #position = 0;

  constructor(bytes: Uint8Array, size: number) {
    // LMDB gives a Buffer already. Wrapping it again would cost as much as reading from it.
    this.#bytes =
      bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, size);
    this.#end = size;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#position < this.#end ? this.#bytes[this.#position++] : undefined;
      if (byte === undefined || scale > Number.MAX_SAFE_INTEGER) throw corruptEntry();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  text(): string {
    const header = this.number();
    const start = this.#position;
    const end = start + Math.floor(header / 2);
    if (end > this.#end) throw corruptEntry();
    this.#position = end;
    return this.#bytes.toString(header % 2 === 0 ? "utf8" : "utf16le", start, end);
  }

  skipText(): void {
    const size = Math.floor(this.number() / 2);
    if (this.#position + size > this.#end) throw corruptEntry();
    this.#position += size;
  }

  get ended(): boolean {
    return this.#position === this.#end;
  }

  /** The unread bytes, as a view. */
  left(): Buffer {
    return this.#bytes.subarray(this.#position, this.#end);
  }

  /** A copy of the unread bytes. */
  rest(): Buffer {
    const copy = Buffer.allocUnsafe(this.#end - this.#position);
    this.#bytes.copy(copy, 0, this.#position, this.#end);
    return copy;
  }

  /** Throws unless all bytes have been read. */
  finish(): void {
    if (!this.ended) throw corruptEntry();
  }
}

export function corruptEntry(): PersistError {
  return new PersistError(
    "ERR_STORE_CORRUPT",
    "An entry of the LMDB store does not have the shape that it was written in: the file data.mdb is damaged. " +
      "Nothing was changed. Restore the directory from a backup, or move it away to start with an empty store.",
  );
}
