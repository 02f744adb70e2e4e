import { Buffer } from "node:buffer";
import { endianness } from "node:os";

/**
 * Bytes inside a structure, as base64 under a tag named after their kind. Numbers are
 * little-endian.
 */
type BinaryConstructor = new (buffer: ArrayBuffer) => ArrayBufferView;

const constructors: readonly (BinaryConstructor | undefined)[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
  // Node 24 and later; if it is missing, the tag is unknown here
  (globalThis as { Float16Array?: BinaryConstructor }).Float16Array,
];

const kinds = new Map<string, BinaryConstructor>();
for (const constructor of constructors) {
  if (constructor !== undefined) kinds.set(tagOfName(constructor.name), constructor);
}

const swapNeeded = endianness() === "BE";

/** The constructor of a view by its name, or undefined if this version of Node has no such kind. */
export function viewConstructor(name: string): BinaryConstructor | undefined {
  return kinds.get(tagOfName(name));
}

function tagOfName(name: string): string {
  return name === "Uint8Array" ? "bytes" : name.toLowerCase();
}

export function isBinaryTag(tag: string): boolean {
  return tag === "arraybuffer" || kinds.has(tag);
}

/**
 * The tag and the base64 text of a view or buffer. `name` is its kind: `Int16Array`, `DataView`,
 * `ArrayBuffer`.
 */
export function toBinary(
  value: ArrayBufferView | ArrayBuffer,
  name: string,
): { tag: string; base64: string } {
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
  return {
    tag: tagOfName(name),
    base64: inLittleEndian(bytes, elementSize(value)).toString("base64"),
  };
}

/**
 * The value of a binary tag in memory of its own, or undefined if the text is not its canonical
 * base64.
 */
export function fromBinary(tag: string, base64: string): ArrayBufferView | ArrayBuffer | undefined {
  const bytes = Buffer.from(base64, "base64");
  // Buffer skips characters that are not base64; a text that it writes back unchanged was base64
  if (bytes.toString("base64") !== base64) return undefined;
  const own = new Uint8Array(bytes.byteLength);
  own.set(bytes);
  const constructor = kinds.get(tag);
  if (constructor === undefined) return own.buffer;
  const size = elementSize(constructor);
  if (own.byteLength % size !== 0) return undefined;
  if (swapNeeded) own.set(inLittleEndian(Buffer.from(own), size));
  return new constructor(own.buffer);
}

function elementSize(of: object): number {
  return (of as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
}

function inLittleEndian(bytes: Buffer, size: number): Buffer {
  if (!swapNeeded || size === 1) return bytes;
  const copy = Buffer.from(bytes);
  if (size === 2) return copy.swap16();
  return size === 4 ? copy.swap32() : copy.swap64();
}
