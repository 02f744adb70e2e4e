import type { Socket } from "node:net";
import { inflaterFor } from "./deflate.ts";
import {
  closeFrame,
  FrameReader,
  MAX_MESSAGE,
  maskedPong,
  messageFrame,
  textFrame,
} from "./frames.ts";
import type { JoinableTunnel, Message, SocketWatcher } from "./hooks.ts";
import { PageEnd } from "./page-end.ts";
import { StallWatch } from "./stall-watch.ts";
import { Withheld } from "./withheld.ts";

/** How long one side may be idle after the other has ended, in milliseconds. */
const LINGER = 30_000;
const GOING_AWAY = 1001;

/**
 * Joins a page's socket with Streamlit's: bytes go both ways as they come, no faster than the other
 * side takes them. What is added for the page goes uncompressed, as every extension allows.
 * Streamlit's side may outlive its page, and another page can take that one's place.
 */
export class SocketTunnel implements JoinableTunnel {
  #page: PageEnd | undefined;
  readonly #upstream: Socket;
  #watcher: SocketWatcher | undefined;
  readonly #reader: FrameReader | undefined;
  readonly #isCompressed: boolean;
  readonly #withheld: Withheld;
  /** Messages of ours to send at the next boundary between two messages. */
  #queue: Buffer[] = [];
  #reading = false;
  #upstreamClosed = false;
  #onClosed: (() => void) | undefined;
  readonly #stall: StallWatch;

  /**
   * @param extensions - those that Streamlit accepted, as it names them
   * @param maxStall - how long a page may take nothing of what waits for it, in milliseconds, until
   *   it counts as gone
   * @param onClosed - called once, when both sockets are closed
   */
  constructor(
    page: Socket,
    upstream: Socket,
    watcher: SocketWatcher | undefined,
    extensions: string | undefined,
    maxStall: number,
    onClosed: () => void,
  ) {
    this.#stall = new StallWatch(maxStall, (socket) => this.#stuck(socket));
    this.#page = new PageEnd(page, watcher, extensions);
    this.#upstream = upstream;
    this.#watcher = watcher;
    this.#onClosed = onClosed;
    this.#isCompressed = extensions !== undefined;
    this.#withheld = new Withheld((bytes) => {
      const socket = this.#page?.socket;
      if (socket?.writable === true) socket.write(bytes);
    });
    if (watcher === undefined) return;
    this.#reader = new FrameReader(
      watcher.fromUpstream && ((message, isBinary, end) => this.#onMessage(message, isBinary, end)),
      inflaterFor(extensions, MAX_MESSAGE),
      { onUnread: (end) => this.#onUnread(end), onPing: (payload) => this.#onPing(payload) },
    );
  }

  /** @param fromUpstream - bytes that came with the answer to the upgrade */
  start(fromUpstream: Buffer, fromPage: readonly Buffer[]): void {
    const page = this.#page as PageEnd;
    const upstream = this.#upstream;
    upstream.setTimeout(0);
    upstream.setNoDelay(true);
    upstream.on("error", () => {});
    upstream.on("timeout", () => this.#destroy());
    upstream.on("data", (chunk: Buffer) => {
      this.#toPage(chunk);
      const socket = this.#page?.socket;
      if (socket?.writableNeedDrain !== true) return;
      upstream.pause();
      this.#stall.watch(socket);
    });
    upstream.on("drain", () => this.#page?.socket.resume());
    upstream.on("end", () => {
      this.#page?.socket.end();
      this.#page?.socket.setTimeout(LINGER);
      upstream.setTimeout(LINGER);
    });
    upstream.on("close", () => {
      this.#upstreamClosed = true;
      if (upstream.readableEnded) this.#page?.socket.end();
      else this.#page?.socket.destroy();
      this.#checkClosed();
    });
    this.#follow(page);
    if (fromUpstream.length > 0) this.#toPage(fromUpstream);
    for (const chunk of fromPage) this.#fromPage(page, chunk);
    if (this.#page?.socket.writableNeedDrain !== true) upstream.resume();
    if (!upstream.writableNeedDrain) page.socket.resume();
  }

  get canJoin(): boolean {
    const isOpen = !this.#upstream.destroyed && !this.#upstream.readableEnded;
    const isReadable = this.#reader?.reads === true && !this.#reader.closing;
    return isOpen && isReadable && this.#page?.betweenMessages !== false;
  }

  /** Another page takes the present one's place. @param early - bytes that came with its upgrade */
  join(socket: Socket, watcher: SocketWatcher | undefined, early: readonly Buffer[]): void {
    const [before, former] = [this.#page, this.#watcher];
    const page = new PageEnd(socket, watcher, undefined);
    this.#page = page;
    this.#watcher = watcher;
    this.#queue = [];
    this.#stall.stop();
    this.#withheld.remake();
    before?.giveWay();
    former?.closed?.();
    this.#follow(page);
    watcher?.opened?.(this);
    for (const chunk of early) this.#fromPage(page, chunk);
    this.#upstream.resume();
    socket.resume();
  }

  sendText(text: string): void {
    this.#send(textFrame(text));
  }

  send(messages: readonly Message[]): void {
    if (messages.length > 0) this.#send(Buffer.concat(messages.map(messageFrame)));
  }

  close(): void {
    const page = this.#page?.socket;
    if (page !== undefined && this.#isFree && !page.writableNeedDrain) {
      this.#send(closeFrame(GOING_AWAY));
      page.end();
    } else page?.destroy();
    this.#upstream.destroy();
  }

  #toPage(chunk: Buffer): void {
    const page = this.#page?.socket;
    const reader = this.#reader;
    if (page === undefined || page.destroyed || page.writableEnded) {
      if (page === undefined) reader?.push(chunk);
      return;
    }
    if (reader === undefined) {
      page.write(chunk);
      return;
    }
    const isAsked = this.#watcher?.rewrites?.() === true;
    this.#withheld.begin(chunk, isAsked, reader.betweenMessages, this.#isCompressed);
    this.#reading = true;
    const place = reader.push(chunk);
    this.#reading = false;
    // The page may have gone meanwhile.
    if (this.#page?.socket !== page) return;
    if (this.#withheld.isOn) {
      this.#withheld.end(place, reader.closing);
      if (this.#withheld.isFree && page.writable)
        for (const frame of this.#queue.splice(0)) page.write(frame);
      return;
    }
    if (this.#queue.length === 0 || place < 0) {
      page.write(chunk);
      return;
    }
    page.cork();
    page.write(chunk.subarray(0, place));
    for (const frame of this.#queue.splice(0)) page.write(frame);
    if (place < chunk.length) page.write(chunk.subarray(place));
    page.uncork();
  }

  #onMessage(message: Buffer, isBinary: boolean, end: number): boolean {
    const isWanted = this.#watcher?.fromUpstream?.(message, isBinary) ?? true;
    if (this.#page !== undefined && this.#withheld.isOn) {
      const other = this.#watcher?.rewrite?.(message, isBinary);
      this.#withheld.pass(end, message, isBinary, other);
    }
    return isWanted;
  }

  #onUnread(end: number): void {
    this.#watcher?.unseen?.();
    if (this.#page !== undefined && this.#withheld.isOn && !this.#withheld.pastUnread(end))
      this.close();
  }

  /** We answer if there is no page, if it may be away, or if it numbers messages differently. */
  #onPing(payload: Buffer): void {
    const isOurs =
      this.#page === undefined || this.#withheld.remakes || this.#watcher?.keeps?.() === true;
    if (isOurs && this.#page?.betweenMessages !== false) this.#upstream.write(maskedPong(payload));
  }

  #fromPage(page: PageEnd, chunk: Buffer): void {
    if (page !== this.#page) return;
    const { bytes, goodbye } = page.take(chunk);
    let isTaken = true;
    for (const one of bytes) if (one.length > 0) isTaken = this.#upstream.write(one);
    if (goodbye !== undefined && this.#mayKeep()) this.#detach(page);
    else if (goodbye !== undefined) isTaken = this.#upstream.write(goodbye);
    if (!isTaken) page.socket.pause();
  }

  /** Whether a message of ours may go to the page now. */
  get #isFree(): boolean {
    return this.#withheld.isOn ? this.#withheld.isFree : this.#reader?.betweenMessages === true;
  }

  #send(frame: Buffer): void {
    const page = this.#page?.socket;
    if (page?.writable !== true || this.#reader?.closing !== false) return;
    if (this.#isFree && !this.#reading) page.write(frame);
    else this.#queue.push(frame);
  }

  /** Passes the page's end on. A broken page ends both, unless Streamlit's side is kept. */
  #follow(page: PageEnd): void {
    const { socket } = page;
    const upstream = this.#upstream;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("timeout", () => (page === this.#page ? this.#destroy() : socket.destroy()));
    socket.on("data", (chunk: Buffer) => this.#fromPage(page, chunk));
    socket.on("drain", () => {
      if (page !== this.#page) return;
      this.#stall.stop();
      upstream.resume();
    });
    socket.on("end", () => {
      if (page !== this.#page) return;
      if (page.betweenMessages && this.#mayKeep()) {
        this.#detach(page);
        return;
      }
      upstream.end();
      socket.setTimeout(LINGER);
      upstream.setTimeout(LINGER);
    });
    socket.on("close", () => {
      page.isClosed = true;
      if (page !== this.#page) return;
      if (page.betweenMessages && this.#mayKeep()) {
        this.#detach(page);
        return;
      }
      if (socket.readableEnded) upstream.end();
      else upstream.destroy();
      this.#checkClosed();
    });
  }

  #mayKeep(): boolean {
    return (
      this.#upstream.writable && this.#reader?.closing !== true && this.#watcher?.keeps?.() === true
    );
  }

  /** The page goes, Streamlit's side stays. */
  #detach(page: PageEnd): void {
    this.#page = undefined;
    this.#queue = [];
    this.#withheld.remake();
    this.#stall.stop();
    page.giveWay();
    this.#upstream.resume();
    this.#watcher?.left?.();
  }

  #stuck(socket: Socket): void {
    const page = this.#page;
    if (page?.socket !== socket || !page.betweenMessages || !this.#mayKeep()) return;
    this.#detach(page);
    socket.destroy();
  }

  #checkClosed(): void {
    if (!this.#upstreamClosed || this.#page?.isClosed === false) return;
    this.#stall.stop();
    const onClosed = this.#onClosed;
    this.#onClosed = undefined;
    onClosed?.();
    this.#watcher?.closed?.();
  }

  #destroy(): void {
    this.#page?.socket.destroy();
    this.#upstream.destroy();
  }
}
