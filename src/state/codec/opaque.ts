// Also known to another copy of this module, which a bundler may have made.
const BRAND = Symbol.for("persist-session.opaque.1");

/**
 * Stored data that TypeScript has no value for: a tag of another language (Python's tuple, Decimal,
 * …) or a whole attribute in a format that only Python reads (Arrow, pickle). It can be moved and
 * stored again, and encodes to exactly the bytes it was decoded from. Made by the codec only;
 * frozen.
 */
export class OpaqueValue {
  /** `J`: JSON; `A`: Arrow IPC; `P`: pickle. */
  readonly format: "J" | "A" | "P";
  /** The name of the tag, without its `$`. Undefined if this is a whole attribute. */
  readonly tag: string | undefined;
  /** The JSON text of the tag, as it is stored. Empty if this is a whole attribute. */
  readonly json: string;
  /**
   * The bytes of a whole attribute, with the format byte. Not to be changed. Empty if this is a
   * tag.
   */
  readonly bytes: Uint8Array;

  private constructor(
    format: "J" | "A" | "P",
    tag: string | undefined,
    json: string,
    bytes: Uint8Array,
  ) {
    this.format = format;
    this.tag = tag;
    this.json = json;
    this.bytes = bytes;
    Object.freeze(this);
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }

  /** @internal */
  static ofTag(tag: string, json: string): OpaqueValue {
    return new OpaqueValue("J", tag, json, new Uint8Array(0));
  }

  /** @internal */
  static ofAttribute(format: "J" | "A" | "P", bytes: Uint8Array): OpaqueValue {
    return new OpaqueValue(format, undefined, "", new Uint8Array(bytes));
  }
}
