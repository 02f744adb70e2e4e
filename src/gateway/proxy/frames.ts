import type { MessageInflater } from "./deflate.ts";

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** Opcodes from here on are control frames, which may come between the fragments of a message. */
const CONTROL = 8;

const EMPTY = Buffer.alloc(0);
const MAX_HEADER = 14;
/** The longest message that is handed out, in bytes; of a compressed one, both ways. */
export const MAX_MESSAGE = 4 * 1024 * 1024;
/** Marks the first frame of a compressed message (RFC 7692, 6). */
const COMPRESSED = 0x40;
const RESERVED = 0x70;

/** What else a reader reports. Positions are in the chunk that was pushed last. */
export interface ReaderOptions {
  /** Whether it is the page that sends: its payloads are masked. */
  readonly masked?: boolean;
  /** A message ended that could not be handed out. */
  readonly onUnread?: (end: number) => void;
  readonly onPing?: (payload: Buffer) => void;
}

/**
 * Follows the frames of one direction of a WebSocket as they pass, without holding them up: says
 * where one message ends and the next may begin, and hands out whole messages, inflated, as long as
 * they are wanted. Messages above 4 MiB are not handed out.
 */
export class FrameReader {
  #onMessage: ((message: Buffer, isBinary: boolean, end: number) => boolean) | undefined;
  readonly #options: ReaderOptions;
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
  /** The mask of the current frame, and how many of its bytes have come. */
  #mask: Buffer | undefined;
  #seen = 0;
  /** The payload of the current ping. */
  #ping: Buffer[] | undefined;

  /**
   * @param onMessage - told each message and where it ended; false from it: no more messages are
   *   wanted
   * @param inflater - if compressed messages were agreed upon
   */
  constructor(
    onMessage?: (message: Buffer, isBinary: boolean, end: number) => boolean,
    inflater?: MessageInflater,
    options: ReaderOptions = {},
  ) {
    this.#onMessage = onMessage;
    this.#inflater = inflater;
    this.#options = options;
  }

  /** Whether another message may begin right here. */
  get betweenMessages(): boolean {
    return this.#left === 0 && this.#header.length === 0 && !this.#fragmented;
  }

  /** Whether a close frame has passed: nothing may follow it. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Whether messages are still handed out. */
  get reads(): boolean {
    return this.#onMessage !== undefined;
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
      this.#endFrame(at);
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
    const isMasked = (second & 0x80) !== 0;
    const end = at + headerSize(bytes, at);
    this.#mask = isMasked ? Buffer.from(bytes.subarray(end - 4, end)) : undefined;
    this.#seen = 0;
    this.#ping = this.#opcode === PING && this.#options.onPing !== undefined ? [] : undefined;
    if (this.#opcode !== TEXT && this.#opcode !== BINARY) return;
    this.#binary = this.#opcode === BINARY;
    this.#size = 0;
    this.#compressed = (first & RESERVED) === COMPRESSED;
    // Messages with an extension that was not agreed upon cannot be read.
    const isClear = (first & RESERVED) === 0 || (this.#compressed && this.#inflater !== undefined);
    const isReadable = isClear && isMasked === (this.#options.masked ?? false);
    this.#parts = this.#onMessage !== undefined && isReadable ? [] : undefined;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (this.#opcode >= CONTROL) {
      this.#ping?.push(this.#unmasked(chunk.subarray(from, to)));
      return;
    }
    if (this.#parts === undefined) return;
    this.#size += to - from;
    if (this.#size > MAX_MESSAGE) this.#parts = undefined;
    else this.#parts.push(this.#unmasked(chunk.subarray(from, to)));
  }

  #unmasked(bytes: Buffer): Buffer {
    const mask = this.#mask;
    if (mask === undefined) return bytes;
    const plain = Buffer.from(bytes);
    for (let index = 0; index < plain.length; index++)
      plain[index] = (plain[index] as number) ^ (mask[(this.#seen + index) & 3] as number);
    this.#seen += plain.length;
    return plain;
  }

  #endFrame(at: number): void {
    if (this.#opcode >= CONTROL) {
      if (this.#ping !== undefined) this.#options.onPing?.(Buffer.concat(this.#ping));
      this.#ping = undefined;
      return;
    }
    this.#fragmented = !this.#fin;
    if (!this.#fin) return;
    const message = this.#message();
    this.#parts = undefined;
    if (message === undefined) this.#options.onUnread?.(at);
    const isWanted =
      message === undefined || this.#onMessage?.(message, this.#binary, at) !== false;
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
export function textFrame(text: string | Uint8Array): Buffer {
  return frame(TEXT, typeof text === "string" ? Buffer.from(text) : text);
}

/** Makes a whole binary message from a server, in one frame. */
export function binaryFrame(payload: Uint8Array): Buffer {
  return frame(BINARY, payload);
}

/** Makes a whole message from a server: a text one of a string, a binary one of bytes. */
export function messageFrame(message: string | Uint8Array): Buffer {
  return typeof message === "string" ? textFrame(message) : binaryFrame(message);
}

/** Makes a whole binary message from a client. */
export function maskedBinaryFrame(payload: Uint8Array): Buffer {
  return masked(frame(BINARY, payload), payload.length);
}

/** Makes a client's answer to a ping. */
export function maskedPong(payload: Uint8Array): Buffer {
  return masked(frame(PONG, payload), payload.length);
}

/** Makes a server's close frame. */
export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(CLOSE, payload);
}

/**
 * A mask of zeros, which leaves the payload as it is: there is no browser here whose script could
 * choose the bytes.
 */
function masked(plain: Buffer, length: number): Buffer {
  const header = plain.subarray(0, plain.length - length);
  header[1] = (header[1] as number) | 0x80;
  return Buffer.concat([header, Buffer.alloc(4), plain.subarray(header.length)]);
}

function frame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const header = Buffer.alloc(size);
  header[0] = 0x80 | opcode;
  header[1] = size === 2 ? length : size === 4 ? 126 : 127;
  if (size === 4) header.writeUInt16BE(length, 2);
  if (size === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}
