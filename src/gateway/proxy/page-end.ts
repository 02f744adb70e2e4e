import type { Socket } from "node:net";
import { inflaterFor } from "./deflate.ts";
import { closeFrame, FrameReader, MAX_MESSAGE, maskedBinaryFrame } from "./frames.ts";
import type { SocketWatcher } from "./hooks.ts";

/** How much of a message is held back; a longer one goes on as it comes. */
const MAX_HELD = 1024 * 1024;

/** What Streamlit is to get of a chunk from the page. */
export interface FromPage {
  readonly bytes: readonly Buffer[];
  /** The page's close frame, and what follows it. */
  readonly goodbye?: Buffer;
}

/**
 * A page's end of a tunnel. What the page sends is read as it passes, but its first message waits
 * for the watcher's word, and so do later ones while the watcher wants to judge them.
 */
export class PageEnd {
  readonly socket: Socket;
  /** Whether both directions of its socket have ended. */
  isClosed = false;
  readonly #watcher: SocketWatcher | undefined;
  readonly #reader: FrameReader | undefined;
  /** What waits for the watcher's word; undefined if the present message goes on as it comes. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  /** Whether the page has not said anything yet. */
  #isFirst = true;
  #out: Buffer[] = [];
  #chunk: Buffer = Buffer.alloc(0);
  /** Up to where the chunk has been processed. */
  #from = 0;
  #saidGoodbye = false;

  /** @param extensions - those that were agreed upon with this page */
  constructor(socket: Socket, watcher: SocketWatcher | undefined, extensions: string | undefined) {
    this.socket = socket;
    this.#watcher = watcher;
    if (watcher?.fromPage === undefined) return;
    this.#held = watcher.firstFromPage === undefined ? undefined : [];
    this.#reader = new FrameReader(
      (message, _, end) => this.#onMessage(message, end),
      inflaterFor(extensions, MAX_MESSAGE, "client"),
      { masked: true, onUnread: (end) => this.#onUnread(end) },
    );
  }

  /** Whether Streamlit has received only whole messages from it, so that others can follow. */
  get betweenMessages(): boolean {
    return this.#reader !== undefined && (this.#reader.betweenMessages || this.#held !== undefined);
  }

  take(chunk: Buffer): FromPage {
    const reader = this.#reader;
    if (reader === undefined || this.#saidGoodbye) return { bytes: [chunk] };
    const wasBetween = this.betweenMessages;
    this.#out = [];
    this.#chunk = chunk;
    this.#from = 0;
    const place = reader.push(chunk);
    const out = this.#out;
    if (reader.closing) {
      const at = place >= 0 ? place : wasBetween ? 0 : -1;
      this.#saidGoodbye = true;
      if (at < 0) out.push(...this.#release(), chunk.subarray(this.#from));
      else {
        out.push(...this.#release(), chunk.subarray(this.#from, at));
        return { bytes: out, goodbye: chunk.subarray(at) };
      }
    } else if (this.#held === undefined) out.push(chunk.subarray(this.#from));
    else this.#hold(place);
    return { bytes: out };
  }

  /** Ends it in favour of another page. */
  giveWay(): void {
    if (!this.socket.writableEnded) this.socket.end(closeFrame(1000));
    this.socket.resume();
    this.socket.setTimeout(1000, () => this.socket.destroy());
  }

  #onMessage(message: Buffer, end: number): boolean {
    const watcher = this.#watcher;
    const isHeld = this.#held !== undefined;
    const other =
      isHeld && this.#isFirst ? watcher?.firstFromPage?.(message) : watcher?.fromPage?.(message);
    const own = [...this.#release(), this.#chunk.subarray(this.#from, end)];
    if (!isHeld || other === undefined) this.#out.push(...own);
    else if (other !== null) this.#out.push(maskedBinaryFrame(other));
    this.#goOn(end);
    return true;
  }

  #onUnread(end: number): void {
    this.#watcher?.unseen?.();
    this.#out.push(...this.#release(), this.#chunk.subarray(this.#from, end));
    this.#goOn(end);
  }

  /** A message is over. */
  #goOn(end: number): void {
    this.#from = end;
    this.#isFirst = false;
    if (this.#watcher?.judges?.() === true) this.#held = [];
  }

  /** What comes before a message goes on, its own beginning waits. */
  #hold(place: number): void {
    const rest = Math.max(this.#from, place);
    if (place >= 0) {
      this.#out.push(...(this.#held ?? []), this.#chunk.subarray(this.#from, rest));
      this.#held = [];
      this.#heldBytes = 0;
    }
    this.#held?.push(this.#chunk.subarray(rest));
    this.#heldBytes += this.#chunk.length - rest;
    if (this.#heldBytes <= MAX_HELD) return;
    if (this.#isFirst) this.#watcher?.unseen?.();
    this.#out.push(...this.#release());
  }

  #release(): Buffer[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldBytes = 0;
    return held;
  }
}
