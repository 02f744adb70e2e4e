import { setImmediate as turn } from "node:timers/promises";

// A body made of a text or of bytes comes in one piece; a few more leave room for others that are complete already.
const MOST_PIECES = 8;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The beginning of a body, as far as it was at hand. */
export interface ReadAhead {
  readonly pieces: Uint8Array[];
  /** The rest, whose next piece has been asked for; `undefined` where the pieces are all there is. */
  readonly rest:
    | {
        readonly reader: Reader;
        readonly next: ReturnType<Reader["read"]>;
      }
    | undefined;
}

/**
 * Reads what of a body is there without any waiting. A fetch-style Response does not say whether its handler is done with it
 * or goes on while it is being read; but a body that is complete comes within a turn of the event loop.
 */
export async function readAhead(body: ReadableStream<Uint8Array>): Promise<ReadAhead> {
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  for (;;) {
    const next = reader.read();
    // Whoever takes over the rest hears of a failure.
    next.catch(() => undefined);
    if (pieces.length === MOST_PIECES) return { pieces, rest: { reader, next } };
    const soon = await Promise.race([next, turn(undefined)]);
    if (soon === undefined) return { pieces, rest: { reader, next } };
    if (soon.done) return { pieces, rest: undefined };
    pieces.push(soon.value);
  }
}
