import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { MAX_WAIT, MAX_WAITING_BYTES } from "../early-writes.ts";

// A body made of a text or of bytes comes in one piece; a few more leave room for others that are
// complete already.
const MAX_PIECES = 8;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The beginning of a body, as far as it was at hand. */
export interface ReadAhead {
  readonly pieces: Uint8Array[];
  /** The rest, whose next piece has been asked for; `undefined` if the pieces are all there is. */
  readonly rest:
    | {
        readonly reader: Reader;
        readonly next: ReturnType<Reader["read"]>;
      }
    | undefined;
}

/**
 * Reads what of a body is there without any waiting. A fetch-style Response does not say whether
 * its handler is done with it or goes on while it is being read; but a body that is complete comes
 * within a turn of the event loop.
 *
 * @param undecided - whether it is open if the browser will need a cookie: then it waits a little
 *   longer, see `EarlyWrites`
 */
export async function readAhead(
  body: ReadableStream<Uint8Array>,
  undecided: () => boolean,
): Promise<ReadAhead> {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  const deadline = performance.now() + MAX_WAIT;
  let bytes = 0;
  const mayWait = (): boolean =>
    bytes <= MAX_WAITING_BYTES && performance.now() < deadline && undecided();
  for (;;) {
    const next = reader.read();
    // The reader that takes over the rest hears of a failure.
    next.catch(() => undefined);
    if (pieces.length >= MAX_PIECES && !mayWait()) return { pieces, rest: { reader, next } };
    let soon = await Promise.race([next, turn(undefined)]);
    if (soon === undefined && mayWait()) soon = await within(next, deadline - performance.now());
    if (soon === undefined) return { pieces, rest: { reader, next } };
    if (soon.done) return { pieces, rest: undefined };
    bytes += soon.value.byteLength;
    pieces.push(soon.value);
  }
}

async function within<T>(next: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      next,
      pause(milliseconds, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
  } finally {
    over.abort();
  }
}
