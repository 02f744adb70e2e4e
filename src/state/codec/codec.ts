import { Buffer } from "node:buffer";
import { PersistError } from "../../errors.ts";
import { binaryName, brandOf } from "./builtin.ts";
import { isDeeper } from "./depth.ts";
import { hasExtraProperties } from "./extras.ts";
import { findJsonError } from "./json-error.ts";
import { encodeValue } from "./encode-value.ts";
import { malformed } from "./malformed.ts";
import { OpaqueValue } from "./opaque.ts";
import { isPlainPrimitive } from "./plain.ts";
import { decodeValue } from "./decode-value.ts";
import { findUtf8Error, textOf } from "./text.ts";
import type { TypeEntry } from "./value-type.ts";
import { cutUnknownTags, pasteOpaque } from "./unknown-tags.ts";
import { tooDeep, unsupported } from "./unsupported.ts";

export { OpaqueValue } from "./opaque.ts";

export interface CodecOptions {
  /** Name of the attribute, used as the head of paths in errors: `todos[3].owner`. */
  label?: string;
  /** Registered classes by name, whose instances attributes may hold. */
  types?: ReadonlyMap<string, TypeEntry>;
  /** The state object itself: meeting it is `ERR_SELF_REFERENCE`. */
  self?: object;
  /** Most bytes of the encoded attribute, with its format byte. 16 MiB unless set. */
  maxBytes?: number;
  /**
   * Most brackets that may be nested in the JSON text. 1000 unless set, which is also the most:
   * deeper walks could run out of stack.
   */
  maxDepth?: number;
}

const JSON_FORMAT = 0x4a; // J
const BYTES_FORMAT = 0x42; // B
const ARROW_FORMAT = 0x41; // A
const PICKLE_FORMAT = 0x50; // P

const SEALED_FORMAT = 0x45; // E

const NO_OPAQUE: readonly OpaqueValue[] = [];

const DOLLAR_BYTE = 0x24;
const ESCAPED_DOLLAR = /(?<!\\)(?:\\\\)*\\u0024/;

const DEFAULT_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 1000;

/**
 * The bytes of an attribute, as docs/codec.md specifies them. The same value always gives the same
 * bytes.
 *
 * @throws PersistError `ERR_VALUE_UNSUPPORTED` (with the path), `ERR_SELF_REFERENCE`,
 * `ERR_ATTRIBUTE_TOO_LARGE`
 */
export function encode(value: unknown, options: CodecOptions = {}): Uint8Array {
  const maxBytes = options.maxBytes ?? DEFAULT_BYTES;
  if (typeof value === "object" && value !== null) {
    if (isBytes(value)) return encodeBytes(value, options.label, maxBytes);
    if (value instanceof OpaqueValue && value.tag === undefined) {
      refuseLarge(value.bytes.byteLength, maxBytes, options.label);
      return new Uint8Array(value.bytes);
    }
  }
  const maxDepth = depthLimit(options);
  const { label, types, self } = options;
  // Most changed attributes are a number or a text, which need no walk.
  const { json, opaque } = isPlainPrimitive(value)
    ? { json: value, opaque: NO_OPAQUE }
    : encodeValue(value, { label, types, self, maxDepth });
  let text = write(json, label, maxBytes);
  if (opaque.length > 0) {
    text = pasteOpaque(text, opaque);
    if (isDeeper(JSON.parse(text), maxDepth)) throw tooDeep(label ?? "value", maxDepth);
  }
  const length = Buffer.byteLength(text);
  refuseLarge(length + 1, maxBytes, label);
  const bytes = Buffer.allocUnsafeSlow(length + 1); // not of the pool: stores may keep it for long
  bytes[0] = JSON_FORMAT;
  bytes.write(text, 1, length === text.length ? "latin1" : "utf8");
  return bytes;
}

/**
 * The value of an attribute's bytes. Never aliases them. Runs no code of the app's but the `read`
 * of the `types`, and looks classes up there only.
 *
 * @throws PersistError `ERR_DECODE` with the position, for all bytes that no encoder writes
 */
export function decode(bytes: Uint8Array, options: CodecOptions = {}): unknown {
  const { label } = options;
  const maxBytes = options.maxBytes ?? DEFAULT_BYTES;
  if (bytes.byteLength > maxBytes) {
    throw malformed(
      label,
      undefined,
      `at most ${maxBytes} bytes expected, by the limit for attributes`,
    );
  }
  switch (bytes[0]) {
    case JSON_FORMAT:
      return decodeJson(bytes, options);
    case BYTES_FORMAT:
      return new Uint8Array(bytes.subarray(1));
    case ARROW_FORMAT:
      return OpaqueValue.ofAttribute("A", bytes);
    case PICKLE_FORMAT:
      return OpaqueValue.ofAttribute("P", bytes);
    case SEALED_FORMAT:
      // Whatever could be opened comes without its seal.
      throw malformed(label, undefined, "a sealed value whose seal holds expected");
    case undefined:
    default:
      throw malformed(label, { byte: 0 }, "a format byte (J, B, A or P) expected");
  }
}

function decodeJson(bytes: Uint8Array, options: CodecOptions): unknown {
  const { label, types } = options;
  const maxDepth = depthLimit(options);
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  const text = textOf(payload);
  if (text === undefined)
    throw malformed(label, { byte: 1 + findUtf8Error(payload) }, "UTF-8 expected");
  const json = parse(text, label);
  // a text of n brackets cannot be nested deeper than n / 2
  if (text.length > 2 * maxDepth && isDeeper(json, maxDepth)) {
    throw malformed(label, undefined, `at most ${maxDepth} nested levels of JSON expected`);
  }
  if (!mayHoldTags(payload, text, label)) return json;
  const cut = cutUnknownTags(text);
  if (cut === undefined)
    throw malformed(
      label,
      undefined,
      "tags with a name of small letters, and nothing beside them, expected",
    );
  if (cut === "entangled") return OpaqueValue.ofAttribute("J", bytes);
  const known: unknown = cut.opaque.length === 0 ? json : JSON.parse(cut.text);
  return decodeValue(known, cut.opaque, cut.text.includes('"$def"'), { label, types });
}

function parse(text: string, label: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // its message quotes the text, so it is not handed on
    const index = findJsonError(text) ?? text.length;
    throw malformed(label, { byte: 1 + Buffer.byteLength(text.slice(0, index)) }, "JSON expected");
  }
}

// Every tag and every escaped key holds `"$`; that a dollar is never written as \u0024 keeps this
// the only way. A single byte is looked for first because that is many times faster than looking
// for the pair.
function mayHoldTags(payload: Buffer, text: string, label: string | undefined): boolean {
  if (payload.includes("\\u0024") && ESCAPED_DOLLAR.test(text)) {
    throw malformed(label, undefined, "$ expected to be written as itself and not as an escape");
  }
  const dollar = payload.indexOf(DOLLAR_BYTE);
  return dollar > 0 && payload.includes('"$', dollar - 1);
}

function isBytes(value: object): value is Uint8Array {
  return (
    ArrayBuffer.isView(value) && binaryName(value) === "Uint8Array" && brandOf(value) === "binary"
  );
}

function encodeBytes(value: Uint8Array, label: string | undefined, maxBytes: number): Uint8Array {
  if (hasExtraProperties(value)) {
    throw unsupported(label ?? "value", value, "a built-in object with properties of its own");
  }
  refuseLarge(value.byteLength + 1, maxBytes, label);
  const bytes = Buffer.allocUnsafeSlow(value.byteLength + 1);
  bytes[0] = BYTES_FORMAT;
  bytes.set(value, 1);
  return bytes;
}

function write(json: unknown, label: string | undefined, maxBytes: number): string {
  try {
    return JSON.stringify(json);
  } catch (error) {
    // longer than any string may be
    if (error instanceof RangeError) throw tooLarge("more than 500 million", maxBytes, label);
    throw error;
  }
}

function refuseLarge(length: number, maxBytes: number, label: string | undefined): void {
  if (length > maxBytes) throw tooLarge(String(length), maxBytes, label);
}

function tooLarge(length: string, maxBytes: number, label: string | undefined): PersistError {
  return new PersistError(
    "ERR_ATTRIBUTE_TOO_LARGE",
    `${label ?? "value"}: ${length} bytes when encoded, more than the limit of ${maxBytes}. ` +
      "Split it into several attributes, keep large data elsewhere, or raise the limit for attributes.",
  );
}

function depthLimit(options: CodecOptions): number {
  const limit = options.maxDepth ?? MAX_DEPTH;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_DEPTH) return limit;
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `maxDepth: a whole number from 1 to ${MAX_DEPTH} expected.`,
  );
}
