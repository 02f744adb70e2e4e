import type { Socket } from "node:net";
import { inflaterFor } from "./deflate.ts";
import { closeFrame, FrameReader, MAX_MESSAGE, textFrame } from "./frames.ts";
import type { SocketWatcher, Tunnel } from "./hooks.ts";

/** How long one side may be idle after the other has ended, in milliseconds. */
const LINGER = 30_000;
const GOING_AWAY = 1001;

/**
 * Joins a page's socket with Streamlit's: bytes go both ways as they come, no faster than the other side takes them. What the page
 * sends is never read. What is added for the page goes uncompressed, as every extension allows, so that it leaves the other side's window alone.
 */
export class SocketTunnel implements Tunnel {
  readonly #page: Socket;
  readonly #upstream: Socket;
  readonly #reader: FrameReader | undefined;
  /** Messages of ours to send at the next boundary between two messages. */
  #queue: Buffer[] = [];
  #reading = false;
  #open = 2;
  readonly #onClosed: () => void;

  /**
   * @param extensions - those that Streamlit accepted, as it names them
   * @param onClosed - called once, when both sockets are closed
   */
  constructor(
    page: Socket,
    upstream: Socket,
    watcher: SocketWatcher | undefined,
    extensions: string | undefined,
    onClosed: () => void,
  ) {
    this.#page = page;
    this.#upstream = upstream;
    this.#onClosed = onClosed;
    if (watcher !== undefined)
      this.#reader = new FrameReader(
        watcher.fromUpstream?.bind(watcher),
        inflaterFor(extensions, MAX_MESSAGE),
      );
  }

  /** @param fromUpstream - bytes that came with the answer to the upgrade */
  start(fromUpstream: Buffer, fromPage: readonly Buffer[]): void {
    const page = this.#page;
    const upstream = this.#upstream;
    for (const socket of [page, upstream]) {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("timeout", () => this.#destroy());
    }
    upstream.on("data", (chunk: Buffer) => {
      this.#toPage(chunk);
      if (page.writableNeedDrain) upstream.pause();
    });
    page.on("data", (chunk: Buffer) => {
      if (!upstream.write(chunk)) page.pause();
    });
    page.on("drain", () => upstream.resume());
    upstream.on("drain", () => page.resume());
    this.#follow(page, upstream);
    this.#follow(upstream, page);
    if (fromUpstream.length > 0) this.#toPage(fromUpstream);
    for (const chunk of fromPage) upstream.write(chunk);
    if (!page.writableNeedDrain) upstream.resume();
    if (!upstream.writableNeedDrain) page.resume();
  }

  sendText(text: string): void {
    this.#send(textFrame(text));
  }

  close(): void {
    const between = this.#reader === undefined || this.#reader.betweenMessages;
    if (!between || this.#reader === undefined || this.#page.writableNeedDrain)
      this.#page.destroy();
    else {
      this.#send(closeFrame(GOING_AWAY));
      this.#page.end();
    }
    this.#upstream.destroy();
  }

  #toPage(chunk: Buffer): void {
    const page = this.#page;
    if (page.destroyed || page.writableEnded) return;
    if (this.#reader === undefined) {
      page.write(chunk);
      return;
    }
    this.#reading = true;
    const place = this.#reader.push(chunk);
    this.#reading = false;
    if (this.#queue.length === 0 || place < 0) {
      page.write(chunk);
      return;
    }
    const [queue] = [this.#queue, (this.#queue = [])];
    page.cork();
    page.write(chunk.subarray(0, place));
    for (const frame of queue) page.write(frame);
    if (place < chunk.length) page.write(chunk.subarray(place));
    page.uncork();
  }

  #send(frame: Buffer): void {
    const reader = this.#reader;
    if (reader === undefined || reader.closing || this.#page.writableEnded) return;
    if (reader.betweenMessages && !this.#reading) this.#page.write(frame);
    else this.#queue.push(frame);
  }

  /** Passes the end of one side's data on, so the other side can still finish. A broken side ends both. */
  #follow(from: Socket, to: Socket): void {
    from.on("end", () => {
      to.end();
      from.setTimeout(LINGER);
      to.setTimeout(LINGER);
    });
    from.on("close", () => {
      if (from.readableEnded) to.end();
      else to.destroy();
      this.#open--;
      if (this.#open === 0) this.#onClosed();
    });
  }

  #destroy(): void {
    this.#page.destroy();
    this.#upstream.destroy();
  }
}
