import type { Socket } from "node:net";
import { isPersistError, PersistError } from "../../errors.ts";
import { report, sessionEnded } from "../../sessions/records/index.ts";
import type { Answer, Context, HandleOperation } from "./context.ts";
import { type Frame, FrameParser, malformed, MAX_BYTES } from "./frames.ts";
import { type Handle, type Peer, unknownHandle } from "./handle.ts";
import {
  clear,
  end,
  gather,
  open,
  restore,
  rotate,
  unwatch,
  watch,
  write,
} from "./operations/index.ts";
import { Outbox } from "./outbox.ts";
import { Request } from "./request.ts";

/** Answers a hello, or throws to refuse it. */
export type Greeting = (request: Request) => Answer;

/** The most bytes of a frame before the greeting: an unknown client must not fill our memory. */
const STRANGER_BYTES = 65_536;
/** How long a connection may take for its greeting, in milliseconds. */
const GREETING_TIMEOUT = 10_000;

// Reading pauses while this much waits. Then the client's own socket fills up, and the client
// waits.
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
const MAX_WAITING_REQUESTS = 4096;

export const OPERATIONS: Readonly<Record<string, HandleOperation>> = {
  __proto__: null as never,
  restore,
  write,
  clear,
  rotate,
  end,
  watch,
  unwatch,
};

/** One client: a Python process with all its script threads. */
export class Connection implements Peer {
  /** Resolves once it is closed and all its requests are done. */
  readonly gone: Promise<void>;
  readonly #context: Context;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #greeting: Greeting;
  readonly #parser = new FrameParser(STRANGER_BYTES);
  readonly #handles = new Map<number, Handle>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #greeted = false;
  #lastId = 0;
  #waitingBytes = 0;
  /** Whether it takes no more requests: it broke, or is being closed. */
  #done = false;

  constructor(context: Context, socket: Socket, greeting: Greeting) {
    this.#context = context;
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#greeting = greeting;
    this.#timer = setTimeout(() => socket.destroy(), GREETING_TIMEOUT);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("drain", () => this.#pace());
    // An error is followed by a close, which is handled.
    socket.on("error", () => undefined);
    this.gone = new Promise((resolve) => socket.once("close", resolve)).then(
      async () => await this.#leave(),
    );
  }

  nextId(): number {
    return ++this.#lastId;
  }

  push(message: Record<string, unknown>): void {
    this.#send(message);
  }

  /** Takes no more requests, answers those under way, then closes. */
  async close(): Promise<void> {
    this.#done = true;
    await this.#outbox.close(this.#allDone());
    await this.gone;
  }

  #take(chunk: Buffer): void {
    if (this.#done) return;
    try {
      for (const frame of this.#parser.push(chunk)) {
        this.#begin(frame);
        if (this.#done) return;
      }
    } catch (error) {
      this.#refuse(null, error);
    }
    this.#pace();
  }

  #begin(frame: Frame): void {
    const request = new Request(frame);
    if (!this.#greeted) {
      this.#greet(request);
      return;
    }
    this.#waitingBytes += request.size;
    const task = this.#answer(request).finally(() => {
      this.#underWay.delete(task);
      this.#waitingBytes -= request.size;
      this.#pace();
    });
    this.#underWay.add(task);
  }

  #greet(request: Request): void {
    try {
      if (request.op !== "hello") throw malformed("hello as the first request");
      const { header } = this.#greeting(request);
      this.#greeted = true;
      this.#parser.limit = MAX_BYTES;
      clearTimeout(this.#timer);
      this.#send({ id: request.id, ok: true, ...header });
    } catch (error) {
      this.#refuse(request.id, error);
    }
  }

  async #answer(request: Request): Promise<void> {
    try {
      const { header, blobs } = await this.#perform(request);
      this.#send({ id: request.id, ok: true, ...header }, blobs);
    } catch (error) {
      this.#send({ id: request.id, ok: false, error: this.#described(error) });
    }
  }

  async #perform(request: Request): Promise<Answer> {
    if (request.op === "open") return await this.#open(request);
    if (request.op === "fresh") {
      this.#context.fresh(request.text("streamlit"));
      return { header: {} };
    }
    const operation = OPERATIONS[request.op];
    if (operation === undefined && request.op !== "close")
      throw malformed("an operation of its protocol as op");
    const id = request.count("handle");
    const place = gather(this.#context, this.#handle(id), request);
    return await this.#handle(id).queue.run(async () => {
      if (this.#outbox.isClogged) await this.#outbox.drained();
      // A request before this one may have closed or replaced it.
      const handle = this.#handle(id);
      if (place !== undefined) return await place.group.answer(this.#context, handle, place.at);
      if (operation !== undefined) return await operation(this.#context, handle, request);
      this.#handles.delete(id);
      if (handle.id === id) await this.#context.servedSessions.leave(handle, false);
      return { header: {} };
    });
  }

  async #open(request: Request): Promise<Answer> {
    const replaces = request.optionalCount("replaces");
    const replaced = replaces === undefined ? undefined : this.#handle(replaces);
    const opening = async (): Promise<Answer> => {
      const { handle, answer } = await open(this.#context, this, request, replaced);
      this.#handles.set(handle.id, handle);
      if (replaces === undefined || replaced === undefined) return answer;
      // A run that began before may still write under the old number, which works if the session is
      // the same.
      if (replaced.session === handle.session) this.#handles.set(replaces, handle);
      else this.#handles.delete(replaces);
      return answer;
    };
    return replaced === undefined ? await opening() : await replaced.queue.run(opening);
  }

  #handle(id: number): Handle {
    const handle = this.#handles.get(id);
    if (handle !== undefined) return handle;
    throw id > 0 && id <= this.#lastId ? sessionEnded() : unknownHandle();
  }

  #send(header: Record<string, unknown>, blobs?: readonly Uint8Array[]): void {
    try {
      this.#outbox.send(header, blobs);
    } catch (error) {
      this.#outbox.send({ id: header["id"], ok: false, error: this.#described(error) });
    }
  }

  /** Sends the reason, and closes: what follows could not be understood, or must not be. */
  #refuse(id: number | null, error: unknown): void {
    this.#done = true;
    this.#send({ id, ok: false, error: this.#described(error) });
    this.#outbox
      .close(this.#allDone())
      .catch((failure: unknown) => report(this.#context.engine, failure));
  }

  #described(error: unknown): { code: string; message: string } {
    if (isPersistError(error)) return { code: error.code, message: error.message };
    // An unexpected error may quote anything, so it goes to the log and not to the client.
    report(this.#context.engine, error);
    const { code, message } = new PersistError(
      "ERR_SERVICE_FAILED",
      "The state service failed unexpectedly. The gateway's log says more.",
    );
    return { code, message };
  }

  #pace(): void {
    const full =
      this.#waitingBytes > MAX_WAITING_BYTES ||
      this.#underWay.size > MAX_WAITING_REQUESTS ||
      this.#outbox.isClogged;
    if (full && !this.#done) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  async #allDone(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /**
   * Cleans up after a client that is gone: finishes the requests that arrived completely, then
   * closes its handles.
   */
  async #leave(): Promise<void> {
    this.#done = true;
    clearTimeout(this.#timer);
    await this.#allDone();
    for (const handle of new Set(this.#handles.values())) {
      await this.#context.servedSessions
        .leave(handle, true)
        .catch((error: unknown) => report(this.#context.engine, error));
    }
    this.#handles.clear();
  }
}
