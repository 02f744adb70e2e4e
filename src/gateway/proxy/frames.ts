import type { MessageInflater } from "./deflate.ts";

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
/** Opcodes from here on are control frames, which may come between the fragments of a message. */
const CONTROL = 8;

const EMPTY = Buffer.alloc(0);
const MAX_HEADER = 14;
/** The longest message that is handed out, in bytes; of a compressed one, both ways. */
export const MAX_MESSAGE = 4 * 1024 * 1024;
/** Marks the first frame of a compressed message (RFC 7692, 6). */
const COMPRESSED = 0x40;
const RESERVED = 0x70;

/**
 * Follows the frames of one direction of a WebSocket as they pass, without holding them up: says where one message ends and the
 * next may begin, and hands out whole messages, inflated, as long as they are wanted. Messages above 4 MiB are not handed out.
 */
export class FrameReader {
  #onMessage: ((message: Buffer, isBinary: boolean) => boolean) | undefined;
  /** The beginning of a header whose rest has not arrived. */
  #header: Buffer = EMPTY;
  /** How many bytes of the current frame have not arrived. */
  #left = 0;
  #opcode = CONTINUATION;
  #fin = true;
  /** Whether a fragmented message has begun and not ended. */
  #fragmented = false;
  #binary = false;
  #compressed = false;
  #inflater: MessageInflater | undefined;
  #parts: Buffer[] | undefined;
  #size = 0;
  #closing = false;

  /**
   * @param onMessage - false from it: no more messages are wanted
   * @param inflater - if compressed messages were agreed upon
   */
  constructor(
    onMessage?: (message: Buffer, isBinary: boolean) => boolean,
    inflater?: MessageInflater,
  ) {
    this.#onMessage = onMessage;
    this.#inflater = inflater;
  }

  /** Whether another message may begin right here. */
  get betweenMessages(): boolean {
    return this.#left === 0 && this.#header.length === 0 && !this.#fragmented;
  }

  /** Whether a close frame has passed: nothing may follow it. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Reads a chunk. @returns the last position in it at which another message may begin, or -1 */
  push(chunk: Buffer): number {
    let at = 0;
    let place = -1;
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#readHeader(chunk, at);
        if (this.#header.length > 0) break;
      } else {
        const end = Math.min(chunk.length, at + this.#left);
        this.#keep(chunk, at, end);
        this.#left -= end - at;
        at = end;
      }
      if (this.#left > 0) continue;
      this.#endFrame();
      if (!this.#fragmented && !this.#closing) place = at;
    }
    return place;
  }

  #readHeader(chunk: Buffer, at: number): number {
    const before = this.#header.length;
    const bytes =
      before === 0
        ? chunk
        : Buffer.concat([this.#header, chunk.subarray(at, at + MAX_HEADER - before)]);
    const from = before === 0 ? at : 0;
    const size = headerSize(bytes, from);
    if (bytes.length - from < size) {
      this.#header = Buffer.from(bytes.subarray(from));
      return chunk.length;
    }
    this.#header = EMPTY;
    this.#startFrame(bytes, from);
    return at + size - before;
  }

  #startFrame(bytes: Buffer, at: number): void {
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    this.#opcode = first & 0x0f;
    this.#fin = (first & 0x80) !== 0;
    const short = second & 0x7f;
    if (short < 126) this.#left = short;
    else if (short === 126) this.#left = bytes.readUInt16BE(at + 2);
    else this.#left = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
    if (this.#opcode === CLOSE) this.#closing = true;
    if (this.#opcode !== TEXT && this.#opcode !== BINARY) return;
    this.#binary = this.#opcode === BINARY;
    this.#size = 0;
    this.#compressed = (first & RESERVED) === COMPRESSED;
    // Masked payloads, and what else was not agreed upon, could not be read.
    const isClear = (first & RESERVED) === 0 || (this.#compressed && this.#inflater !== undefined);
    const isReadable = isClear && (second & 0x80) === 0;
    this.#parts = this.#onMessage !== undefined && isReadable ? [] : undefined;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (this.#parts === undefined || this.#opcode >= CONTROL) return;
    this.#size += to - from;
    if (this.#size > MAX_MESSAGE) this.#parts = undefined;
    else this.#parts.push(chunk.subarray(from, to));
  }

  #endFrame(): void {
    if (this.#opcode >= CONTROL) return;
    this.#fragmented = !this.#fin;
    if (!this.#fin) return;
    const message = this.#message();
    this.#parts = undefined;
    const isWanted = message === undefined || this.#onMessage?.(message, this.#binary) !== false;
    if (isWanted && this.#inflater?.isLost !== true) return;
    this.#onMessage = undefined;
    this.#inflater = undefined;
  }

  /** The message that has just ended, if it was collected and can be read. */
  #message(): Buffer | undefined {
    if (this.#onMessage === undefined) return undefined;
    const inflater = this.#compressed ? this.#inflater : undefined;
    if (this.#parts === undefined) {
      inflater?.skip();
      return undefined;
    }
    const [only] = this.#parts;
    const bytes =
      this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    return inflater === undefined ? bytes : inflater.inflate(bytes);
  }
}

/** The length of the frame header that begins at `at`, as far as its bytes have arrived. */
function headerSize(bytes: Buffer, at: number): number {
  if (bytes.length - at < 2) return 2;
  const second = bytes[at + 1] as number;
  const short = second & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4);
}

/** Makes a whole text message from a server, in one frame. */
export function textFrame(text: string): Buffer {
  return frame(TEXT, Buffer.from(text));
}

/** Makes a server's close frame. */
export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(CLOSE, payload);
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const header = Buffer.alloc(size);
  header[0] = 0x80 | opcode;
  header[1] = size === 2 ? length : size === 4 ? 126 : 127;
  if (size === 4) header.writeUInt16BE(length, 2);
  if (size === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
