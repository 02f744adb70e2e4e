import { clearImmediate, clearTimeout, setImmediate, setTimeout } from "node:timers";
import { MAX_WAIT, MAX_WAITING_BYTES } from "../early-writes.ts";

// A body made of a text or of bytes comes in one piece; a few more leave room for others that are
// complete already.
const MAX_PIECES = 8;

// A text's body has come and ended within some six microtasks. Until then nothing is put into the
// event loop, which would cost more than the reading.
const MICROTASKS = 16;
const READY = Promise.resolve();

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Next = ReturnType<Reader["read"]>;

/** The beginning of a body, as far as it was available. */
export interface ReadAhead {
  readonly pieces: Uint8Array[];
  /** The rest, whose next piece has been asked for; `undefined` if the pieces are all there is. */
  readonly rest: { readonly reader: Reader; readonly next: Next } | undefined;
}

/**
 * Reads the part of a body that is available without waiting. A fetch-style Response does not say
 * whether its handler is done with it or still running while it is read; but a complete body
 * arrives within a turn of the event loop.
 *
 * @param undecided - whether it is undecided if the browser needs a cookie: then it waits a little
 *   longer, see `EarlyWrites`
 */
export function readAhead(
  body: ReadableStream<Uint8Array>,
  undecided: () => boolean,
): Promise<ReadAhead> {
  // One promise for all of it: each request with a body comes this way.
  return new Promise((resolve, reject) => {
    new Lookout(body.getReader(), undecided, resolve, reject).read();
  });
}

class Lookout {
  readonly #reader: Reader;
  readonly #undecided: () => boolean;
  readonly #resolve: (found: ReadAhead) => void;
  readonly #reject: (error: unknown) => void;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #next: Next | undefined;
  #microtasks = 0;
  #turn: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether a piece has come since the turn began. */
  #hasComeOn = false;
  /** When waiting ends; undefined as long as nothing had to be waited for. */
  #deadline: number | undefined;
  #isOver = false;

  constructor(
    reader: Reader,
    undecided: () => boolean,
    resolve: (found: ReadAhead) => void,
    reject: (error: unknown) => void,
  ) {
    this.#reader = reader;
    this.#undecided = undecided;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  read(): void {
    this.#next = this.#reader.read();
    this.#next.then(this.#arrived, this.#failed);
    if (this.#pieces.length >= MAX_PIECES && !this.#mayWait()) this.#leave();
    else if (this.#microtasks === 0) this.#hold();
    else if (this.#microtasks === MICROTASKS && this.#turn === undefined) this.#beginTurn();
  }

  /** Lets some microtasks pass before the turn begins. */
  readonly #hold = (): void => {
    if (this.#isOver) return;
    if (++this.#microtasks < MICROTASKS) READY.then(this.#hold, this.#failed);
    else this.#beginTurn();
  };

  #beginTurn(): void {
    clearTimeout(this.#timer);
    this.#hasComeOn = false;
    this.#turn = setImmediate(this.#turned);
  }

  readonly #arrived = ({ done, value }: Awaited<Next>): void => {
    if (this.#isOver) return;
    if (done) return this.#end(undefined);
    try {
      this.#bytes += value.byteLength;
      this.#pieces.push(value);
      this.#hasComeOn = true;
      this.read();
    } catch (error) {
      this.#failed(error);
    }
  };

  /** Or later, but at least a whole turn after the last piece. */
  readonly #turned = (): void => {
    this.#turn = undefined;
    try {
      if (this.#hasComeOn) return this.#beginTurn();
      const left = this.#mayWait() ? this.#left() : 0;
      if (left > 0) this.#timer = setTimeout(this.#leave, left);
      else this.#leave();
    } catch (error) {
      this.#failed(error);
    }
  };

  readonly #failed = (error: unknown): void => {
    // If it is over, the reader of the rest gets the failure.
    if (this.#isOver) return;
    this.#stop();
    this.#reject(error);
  };

  readonly #leave = (): void => {
    this.#end({ reader: this.#reader, next: this.#next as Next });
  };

  #end(rest: ReadAhead["rest"]): void {
    this.#stop();
    this.#resolve({ pieces: this.#pieces, rest });
  }

  #stop(): void {
    this.#isOver = true;
    clearImmediate(this.#turn);
    clearTimeout(this.#timer);
  }

  #mayWait(): boolean {
    return this.#bytes <= MAX_WAITING_BYTES && this.#undecided() && this.#left() > 0;
  }

  /** Milliseconds that are left of the time to wait. */
  #left(): number {
    const now = performance.now();
    this.#deadline ??= now + MAX_WAIT;
    return this.#deadline - now;
  }
}
