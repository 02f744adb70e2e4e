const LESS = 0x3c;
const GREATER = 0x3e;
const DASH = 0x2d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;

const COMMENT = "!--";
const HEAD = "head";
const BODY = "body";

type State = "text" | "name" | "comment" | "head";

/**
 * Finds the opening tag of a page's head, in whatever pieces the page comes. Reads each byte once:
 * a malformed page, such as one of a thousand unfinished tags, takes no longer than another.
 */
export class HeadFinder {
  #state: State = "text";
  /** Of the tag that has begun, as far as it may still be one that counts. */
  #name = "";
  #dashes = 0;
  /** The quote that is open within the tag; 0 for none. */
  #quote = 0;

  /**
   * Reads on.
   *
   * @returns the place in this chunk right after the tag; "none" if the page has no head; undefined
   * if it may still come
   */
  push(chunk: Uint8Array): number | "none" | undefined {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      switch (this.#state) {
        case "text":
          if (byte === LESS) this.#begin("name");
          break;
        case "name":
          if (byte === GREATER && this.#name === HEAD) return at + 1;
          if (this.#name === BODY && (byte === GREATER || isSpace(byte))) return "none";
          this.#readName(byte);
          break;
        case "comment":
          if (byte === GREATER && this.#dashes >= 2) this.#begin("text");
          this.#dashes = byte === DASH ? this.#dashes + 1 : 0;
          break;
        case "head":
          if (byte === this.#quote) this.#quote = 0;
          else if (this.#quote === 0) {
            if (byte === GREATER) return at + 1;
            if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) this.#quote = byte;
          }
          break;
      }
    }
    return undefined;
  }

  #begin(state: State): void {
    this.#state = state;
    this.#name = "";
    this.#dashes = 0;
    this.#quote = 0;
  }

  #readName(byte: number): void {
    if (byte === LESS) {
      this.#begin("name");
      return;
    }
    if (this.#name === HEAD && isSpace(byte)) {
      this.#begin("head");
      return;
    }
    this.#name += String.fromCodePoint(byte).toLowerCase();
    if (this.#name === COMMENT) this.#begin("comment");
    else if (![HEAD, BODY, COMMENT].some((name) => name.startsWith(this.#name)))
      this.#begin("text");
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
