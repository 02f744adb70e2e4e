import { PersistError } from "../../errors.ts";

/**
 * A frame: `u32be n` (how many bytes follow), `u32be h`, a header of h bytes (JSON, UTF-8), then
 * the blobs one after another, whose lengths the header names in `blobs`.
 */
export interface Frame {
  readonly header: Record<string, unknown>;
  readonly blobs: readonly Buffer[];
  /** The size of the whole frame, in bytes. */
  readonly size: number;
}

/** The most bytes of a frame, without its first four. */
export const MAX_BYTES = 128 * 1024 * 1024;
// JSON is parsed in one go, which blocks the event loop.
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const PREFIX = 4;
/** Up to this size, one piece is cheaper to send than several. */
const SMALL_BYTES = 16_384;

/** Encodes a frame in pieces, without copying large blobs. */
export function encodeFrame(
  header: Record<string, unknown>,
  blobs: readonly Uint8Array[] = [],
): Uint8Array[] {
  const lengths = blobs.length === 0 ? {} : { blobs: blobs.map(({ length }) => length) };
  const json = JSON.stringify({ ...header, ...lengths });
  const headerBytes = Buffer.byteLength(json);
  let n = PREFIX + headerBytes;
  for (const { length } of blobs) n += length;
  if (n > MAX_BYTES) throw malformed(`a frame of at most ${MAX_BYTES} bytes`);
  const start = 2 * PREFIX + headerBytes;
  const isSmall = n <= SMALL_BYTES;
  const head = Buffer.allocUnsafe(isSmall ? PREFIX + n : start);
  head.writeUInt32BE(n, 0);
  head.writeUInt32BE(headerBytes, PREFIX);
  head.write(json, 2 * PREFIX);
  if (!isSmall) return [head, ...blobs];
  let at = start;
  for (const blob of blobs) {
    head.set(blob, at);
    at += blob.length;
  }
  return [head];
}

/** Parses frames from chunks of any size. Holds at most one unfinished frame. */
export class FrameParser {
  /** The most bytes of the next frame: few until the client is known. */
  limit: number;
  #pieces: Buffer[] = [];
  #have = 0;
  /** How many bytes the next step needs: the prefix, then the whole frame. */
  #need = PREFIX;

  constructor(limit = MAX_BYTES) {
    this.limit = limit;
  }

  /** @throws PersistError `ERR_SERVICE_PROTOCOL`; nothing that follows can be understood then */
  *push(chunk: Buffer): Generator<Frame> {
    this.#pieces.push(chunk);
    this.#have += chunk.length;
    while (this.#have >= this.#need) {
      const bytes = this.#joined();
      const n = bytes.readUInt32BE(0);
      if (n < PREFIX || n > this.limit)
        throw malformed(`a frame of ${PREFIX} to ${this.limit} bytes`);
      this.#need = PREFIX + n;
      if (bytes.length < this.#need) return;
      const frame = bytes.subarray(0, this.#need);
      this.#pieces = bytes.length === this.#need ? [] : [bytes.subarray(this.#need)];
      this.#have -= this.#need;
      this.#need = PREFIX;
      yield parse(frame);
    }
  }

  /**
   * All received bytes in one piece. Joins at most twice a frame: once its length is known, and
   * once it is complete.
   */
  #joined(): Buffer {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only !== undefined) return only;
    const bytes = Buffer.concat(this.#pieces, this.#have);
    this.#pieces = [bytes];
    return bytes;
  }
}

function parse(frame: Buffer): Frame {
  const headerBytes = frame.readUInt32BE(PREFIX);
  const start = 2 * PREFIX;
  const end = start + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES || end > frame.length)
    throw malformed(`a header within the frame, of at most ${MAX_HEADER_BYTES} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(frame.toString("utf8", start, end));
  } catch (cause) {
    // Without the cause, whose message quotes the content.
    void cause;
    throw malformed("a header of JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw malformed("a header that is an object");
  const { blobs: lengths = [] } = header as { blobs?: unknown };
  return {
    header: header as Record<string, unknown>,
    blobs: split(frame.subarray(end), lengths),
    size: frame.length,
  };
}

function split(bytes: Buffer, lengths: unknown): Buffer[] {
  if (!Array.isArray(lengths)) throw malformed("a list of lengths as blobs");
  const blobs: Buffer[] = [];
  let at = 0;
  for (const length of lengths as unknown[]) {
    if (!Number.isSafeInteger(length) || (length as number) < 0)
      throw malformed("whole numbers as lengths of blobs");
    blobs.push(bytes.subarray(at, at + (length as number)));
    at += length as number;
    if (at > bytes.length) break;
  }
  if (at !== bytes.length) throw malformed("blobs of precisely the lengths that the header names");
  return blobs;
}

/** The error for malformed input. Never quotes it. */
export function malformed(expected: string): PersistError {
  return new PersistError(
    "ERR_SERVICE_PROTOCOL",
    `The state service expected ${expected}. Use the Python package that came with this version.`,
  );
}
