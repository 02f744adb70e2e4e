import type { Socket } from "node:net";
import { PersistError } from "../../errors.ts";
import { encodeFrame } from "./frames.ts";

/** How many bytes of answers may wait for the client. */
const MAX_BYTES = 32 * 1024 * 1024;
/** How long a client may take to read its last answers, in milliseconds. */
const PATIENCE = 2000;

/** Sends the answers of a connection, and bounds how many wait for the client. */
export class Outbox {
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  #closing = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("drain", () => this.#wake());
    socket.on("close", () => this.#wake());
  }

  /** @throws PersistError if it is too large for a frame */
  send(header: Record<string, unknown>, blobs?: readonly Uint8Array[]): void {
    if (!this.#socket.writable) return;
    const pieces = encodeFrame(header, blobs);
    // All answers of one turn leave in one piece.
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    process.nextTick(() => this.#socket.uncork());
  }

  /** Whether too many answers wait to make more. */
  get isClogged(): boolean {
    return this.#socket.writableLength > MAX_BYTES;
  }

  /**
   * Waits until the client has read its answers, or is gone. The requests of a client that is gone
   * are still carried out.
   */
  async drained(): Promise<void> {
    while (this.isClogged && !this.#socket.destroyed) {
      if (this.#closing) throw closing();
      await new Promise<void>((resolve) => void this.#waiting.add(resolve));
    }
  }

  /**
   * Closes once everything is answered. Reads and discards what still arrives: closing with unread
   * bytes resets the connection, which may lose the last answers. Cuts off a client that does not
   * read them.
   */
  async close(done: Promise<void>): Promise<void> {
    this.#closing = true;
    this.#wake();
    await done;
    if (this.#socket.destroyed) return;
    const cut = setTimeout(() => this.#socket.destroy(), PATIENCE);
    const closed = new Promise<void>((resolve) => void this.#socket.once("close", () => resolve()));
    this.#socket.resume();
    this.#socket.end();
    await closed;
    clearTimeout(cut);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function closing(): PersistError {
  return new PersistError(
    "ERR_SERVICE_FAILED",
    "The state service is being closed, and this request was not done. It can be sent again when the gateway is back.",
  );
}
