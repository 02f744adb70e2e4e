import { createHash } from "node:crypto";
import { isPersistError } from "../errors.ts";
import type { Session } from "../sessions/index.ts";
import { type Exposed, exposedJson } from "./exposed.ts";

/** What a stream is made with. */
export interface LiveStreamOptions {
  readonly session: Session;
  readonly exposed: readonly Exposed[];
  /** The `Last-Event-ID` of a page that reconnects: what it has seen is not sent again. */
  readonly lastEventId: string | undefined;
  /** Milliseconds between two heartbeats. */
  readonly heartbeat: number;
  /** Called once when the stream is over, whichever side has ended it. */
  readonly over: () => void;
}

/**
 * The server-sent events of one page
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 *
 * - `hello`: `{"beat": ms, "states": {key: [attribute, …]}}`, first; a user's state is null if no
 *   user is signed in. Its id is what the page has seen of the others;
 * - `state`: `{"key": key, "values": {attribute: value}}`, at the beginning and after each change.
 *   Its id says what the page has seen by then;
 * - `ended`: the session has ended (clear, rotate, logout, expiry); nothing follows.
 *
 * A page that reads slowly gets the newest values only: of each state at most one event waits.
 */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #encoder = new TextEncoder();
  /** What waits to be read, by state. */
  readonly #waiting = new Map<string, string>();
  /** A digest of what was last sent of each state. */
  readonly #seen: Map<string, string>;
  readonly #stops: (() => void)[] = [];
  readonly #ends = { ended: () => this.#end(), stopped: () => this.close() };
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #greeted = false;
  #ended = false;
  #over = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#seen = parseId(options.lastEventId, options.exposed);
  }

  /**
   * Begins to watch.
   * @returns undefined if the session has ended already: the browser shows a dead token
   * @throws PersistError what `session.watch` throws; then nothing is watched
   */
  async open(): Promise<ReadableStream<Uint8Array> | undefined> {
    const { session, exposed, heartbeat, lastEventId } = this.#options;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#flush(),
        cancel: () => this.close(),
      },
      { highWaterMark: 1 },
    );
    const states = new Map<string, readonly string[] | null>();
    try {
      for (const one of exposed) {
        const isWatched = await this.#watch(one);
        states.set(one.key, isWatched ? one.attributes : null);
        if (!isWatched) this.#seen.delete(one.key);
      }
      // The login that a page waits for ends the session.
      if (this.#stops.length === 0) this.#hold(await session.watchEnd(this.#ends));
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.#ended) return undefined;
    const hello = { beat: heartbeat, states: Object.fromEntries(states) };
    const seen = lastEventId === undefined ? undefined : formatId(this.#seen, this.#waiting);
    this.#send("hello", JSON.stringify(hello), seen);
    this.#greeted = true;
    this.#flush();
    if (!this.#over) {
      const beat = setInterval(() => this.#beat(), heartbeat);
      beat.unref();
      this.#stops.push(() => clearInterval(beat));
    }
    return stream;
  }

  /** @returns whether there is such a state: a user's is not there if no user is signed in */
  async #watch(one: Exposed): Promise<boolean> {
    const { session } = this.#options;
    try {
      const tell = (state: object): void => this.#tell(one, state);
      this.#hold(await session.watch(one.stateClass, tell, { ...this.#ends, immediate: true }));
      return true;
    } catch (error) {
      if (isPersistError(error, "ERR_NO_USER")) return false;
      throw error;
    }
  }

  #hold(stop: () => void): void {
    if (this.#over) stop();
    else this.#stops.push(stop);
  }

  /** Ends the stream. What waits is dropped, except that the session has ended. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#waiting.clear();
    this.#flush();
    this.#options.over();
  }

  #tell(exposed: Exposed, state: object): void {
    const values = exposedJson(exposed, state);
    const digest = createHash("sha256").update(values).digest("base64url").slice(0, 16);
    if (this.#seen.get(exposed.key) === digest) return;
    this.#seen.set(exposed.key, digest);
    this.#waiting.set(exposed.key, `{"key":${JSON.stringify(exposed.key)},"values":${values}}`);
    this.#flush();
  }

  #end(): void {
    this.#ended = true;
    this.close();
  }

  #beat(): void {
    if (this.#waiting.size === 0 && this.#hasRoom()) this.#enqueue(":\n\n");
  }

  #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #flush(): void {
    if (this.#over) {
      this.#finish();
      return;
    }
    if (!this.#greeted) return;
    for (const [key, data] of this.#waiting) {
      if (!this.#hasRoom()) return;
      this.#waiting.delete(key);
      this.#send("state", data, formatId(this.#seen, this.#waiting));
    }
  }

  #finish(): void {
    const controller = this.#controller;
    this.#controller = undefined;
    if (controller === undefined) return;
    try {
      if (this.#ended) controller.enqueue(this.#encoder.encode("event: ended\ndata:\n\n"));
      controller.close();
    } catch {
      // The reader has cancelled it already.
    }
  }

  #send(event: string, data: string, id?: string): void {
    this.#enqueue(`event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`);
  }

  #enqueue(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }
}

/** Only what has been sent counts as seen: what waits may never arrive. */
function formatId(seen: ReadonlyMap<string, string>, waiting: ReadonlyMap<string, string>): string {
  const sent = [...seen].filter(([key]) => !waiting.has(key));
  return sent.map(([key, digest]) => `${encodeURIComponent(key)}=${digest}`).join("&");
}

/**
 * What the page says that it has seen: of states that there are, digests of the form that was sent.
 */
function parseId(id: string | undefined, exposed: readonly Exposed[]): Map<string, string> {
  const said = new URLSearchParams(id ?? "");
  const seen = new Map<string, string>();
  for (const { key } of exposed) {
    const digest = said.get(key);
    if (digest !== null && /^[\w-]{16}$/.test(digest)) seen.set(key, digest);
  }
  return seen;
}
