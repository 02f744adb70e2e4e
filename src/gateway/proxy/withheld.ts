import { binaryFrame, closeFrame, MAX_MESSAGE, messageFrame, textFrame } from "./frames.ts";
import type { Message } from "./hooks.ts";

const EMPTY = Buffer.alloc(0);
const GOING_AWAY = 1001;

/**
 * `off`: messages go as their bytes come. `raw`: as soon as they are whole. `made`: as new
 * messages, since the page lacks what came before.
 */
type Mode = "off" | "raw" | "made";

/**
 * Holds messages for a page back until each is whole, so that others can go before it or in its
 * place. A page that took another's place gets each message made anew: it has neither the beginning
 * of the one that is on its way, nor what compressed ones refer to.
 */
export class Withheld {
  readonly #write: (bytes: Buffer) => void;
  #mode: Mode = "off";
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Whether a message was too long to be held, and has gone in part. */
  #isPartial = false;
  #chunk: Buffer = EMPTY;
  /** Up to where the chunk has been dealt with. */
  #from = 0;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  get isOn(): boolean {
    return this.#mode !== "off";
  }

  /** Whether messages are made anew, so that the page gets no control frames. */
  get remakes(): boolean {
    return this.#mode === "made";
  }

  /** Whether a message of ours may go to the page now. */
  get isFree(): boolean {
    return this.isOn && !this.#isPartial;
  }

  /** From now on every message is made anew. */
  remake(): void {
    this.#mode = "made";
    this.#forget();
    this.#isPartial = false;
  }

  /**
   * A chunk comes.
   * @param isAsked - whether messages must be held back
   * @param isBetween - whether it begins between two messages
   * @param isCompressed - whether messages may refer to earlier ones
   */
  begin(chunk: Buffer, isAsked: boolean, isBetween: boolean, isCompressed: boolean): void {
    this.#chunk = chunk;
    this.#from = 0;
    if (!isBetween || this.#held.length > 0) return;
    if (isAsked && this.#mode === "off") this.#mode = "raw";
    else if (!isAsked && !(this.#mode === "made" && isCompressed)) this.#mode = "off";
  }

  /**
   * A message ended at a position of the chunk. @param others - what goes in its place; it may be
   * among them
   */
  pass(end: number, message: Buffer, isBinary: boolean, others?: readonly Message[]): void {
    const raw = [...this.#held, this.#chunk.subarray(this.#from, end)];
    this.#forget(end);
    for (const one of others ?? [message]) {
      if (one !== message) this.#write(messageFrame(one));
      else if (this.#mode === "made") this.#write(isBinary ? binaryFrame(one) : textFrame(one));
      else for (const bytes of raw) this.#write(bytes);
    }
    this.#isPartial = false;
  }

  /** A message ended that could not be read. @returns whether the page could be given it */
  pastUnread(end: number): boolean {
    if (this.#mode === "made") return false;
    this.#flush(end);
    this.#isPartial = false;
    return true;
  }

  /** The chunk has been read. @param place - the last position between two messages, or -1 */
  end(place: number, isClosing: boolean): void {
    if (this.#mode === "made") {
      if (isClosing) this.#write(closeFrame(GOING_AWAY));
      return;
    }
    if (isClosing) this.#flush(this.#chunk.length);
    else if (place >= 0) this.#flush(Math.max(place, this.#from));
    const rest = this.#chunk.length - this.#from;
    if (this.#heldBytes + rest > MAX_MESSAGE) {
      this.#isPartial = true;
      this.#flush(this.#chunk.length);
    } else if (rest > 0) {
      this.#held.push(this.#chunk.subarray(this.#from));
      this.#heldBytes += rest;
    }
  }

  #flush(to: number): void {
    const bytes = [...this.#held, this.#chunk.subarray(this.#from, to)];
    this.#forget(to);
    for (const one of bytes) if (one.length > 0) this.#write(one);
  }

  #forget(from = this.#chunk.length): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#from = from;
  }
}
