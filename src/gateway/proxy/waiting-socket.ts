import type { Socket } from "node:net";
import type { Client } from "./client.ts";

/**
 * A client may not send before its upgrade is answered. If it does, at most this many bytes are
 * read.
 */
const MAX_EARLY = 64 * 1024;

/**
 * A page's socket while Streamlit has not answered its upgrade. It must be read, or we would never
 * see it close.
 */
export class WaitingSocket implements Client {
  readonly #socket: Socket;
  readonly #early: Buffer[] = [];
  #bytes = 0;
  #gone = false;
  readonly #listeners = new Set<() => void>();

  constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    if (head.length > 0) this.#onData(head);
    socket.on("error", this.#onGone);
    socket.on("close", this.#onGone);
    socket.on("end", this.#onGone);
    socket.on("data", this.#onData);
  }

  get gone(): boolean {
    return this.#gone;
  }

  onGone(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops reading. @returns the bytes that came early */
  release(): Buffer[] {
    this.#socket.pause();
    this.#socket.off("error", this.#onGone);
    this.#socket.off("close", this.#onGone);
    this.#socket.off("end", this.#onGone);
    this.#socket.off("data", this.#onData);
    return this.#early;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_EARLY) this.#socket.pause();
  };

  readonly #onGone = (): void => {
    this.#gone = true;
    this.#socket.destroy();
    for (const listener of this.#listeners) listener();
  };
}
