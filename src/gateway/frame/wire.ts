/**
 * The protobuf wire format (https://protobuf.dev/programming-guides/encoding), as far as
 * Streamlit's messages need it: fields are found, left out and added by their numbers, and
 * everything else keeps its bytes. So messages of a newer Streamlit lose nothing here.
 */

/**
 * One field of a message. Its views of the bytes are made when they are asked for: most are not.
 */
export class Field {
  readonly number: number;
  readonly wire: number;
  /** Of wire type 0; inexact beyond 2^53. */
  readonly value: number;
  readonly #message: Uint8Array;
  readonly #start: number;
  readonly #from: number;
  readonly #to: number;

  /**
   * @param start - where its key begins
   * @param from - where its content begins, for wire types 1, 2 and 5
   */
  constructor(
    message: Uint8Array,
    [number, wire, value]: readonly [number: number, wire: number, value: number],
    start: number,
    from: number,
    to: number,
  ) {
    this.number = number;
    this.wire = wire;
    this.value = value;
    this.#message = message;
    this.#start = start;
    this.#from = from;
    this.#to = to;
  }

  /** Of wire types 1, 2 and 5; empty for others. */
  get bytes(): Uint8Array {
    return this.#message.subarray(this.#from, this.#to);
  }

  /** The whole field, with its key. */
  get raw(): Uint8Array {
    return this.#message.subarray(this.#start, this.#to);
  }
}

/** Bytes that are no protobuf message. */
class WireError extends Error {
  override readonly name = "WireError";
}

/** The longest varint, in bytes. */
const MAX_VARINT = 10;
/**
 * How many fields of a message are read. A page's message could otherwise cost far more memory than
 * it has bytes.
 */
const MAX_FIELDS = 100_000;

class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let index = 0; index < MAX_VARINT; index++) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new WireError("The message ends within a number.");
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw new WireError("A number has more than ten bytes.");
  }

  skip(length: number): void {
    if (length > this.#bytes.length - this.at)
      throw new WireError("A field is longer than its message.");
    this.at += length;
  }
}

/** The fields of a message, in their order. They share its bytes. @throws WireError */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  const cursor = new Cursor(message);
  while (cursor.at < message.length) {
    const start = cursor.at;
    const key = cursor.varint();
    const wire = key % 8;
    const number = Math.floor(key / 8);
    if (number === 0) throw new WireError("No field has the number 0.");
    let value = 0;
    let length = 0;
    if (wire === 0) value = cursor.varint();
    else if (wire === 1) length = 8;
    else if (wire === 2) length = cursor.varint();
    else if (wire === 5) length = 4;
    else throw new WireError(`There is no wire type ${wire}.`);
    const from = cursor.at;
    cursor.skip(length);
    if (fields.length === MAX_FIELDS) throw new WireError("The message has too many fields.");
    fields.push(new Field(message, [number, wire, value], start, from, cursor.at));
  }
  return fields;
}

/**
 * The field at the end of a path of nested messages; the last one counts if a number occurs
 * twice. @throws WireError
 */
export function find(
  message: Uint8Array | undefined,
  ...path: readonly number[]
): Field | undefined {
  let inside = message;
  let found: Field | undefined;
  for (const number of path) {
    if (inside === undefined) return undefined;
    found = fieldsOf(inside).findLast((field) => field.number === number);
    inside = found?.wire === 2 ? found.bytes : undefined;
  }
  return found;
}

/** The text of a field; "" for one that is absent, as protobuf has it. */
export function textOf(field: Field | undefined): string {
  if (field === undefined) return "";
  const { buffer, byteOffset, length } = field.bytes;
  return Buffer.from(buffer, byteOffset, length).toString("utf8");
}

/** The numbers of a packed field. @throws WireError */
export function varintsIn(bytes: Uint8Array): number[] {
  const values: number[] = [];
  const cursor = new Cursor(bytes);
  while (cursor.at < bytes.length) values.push(cursor.varint());
  return values;
}

export function varintField(number: number, value: number): Buffer {
  return Buffer.from([...varintBytes(number * 8), ...varintBytes(value)]);
}

export function doubleField(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(varintBytes(number * 8 + 1)), bytes]);
}

export function lengthField(number: number, bytes: Uint8Array): Buffer {
  const head = [...varintBytes(number * 8 + 2), ...varintBytes(bytes.length)];
  return Buffer.concat([Buffer.from(head), bytes]);
}

export function packedField(number: number, values: readonly number[]): Buffer {
  return lengthField(number, Buffer.from(values.flatMap(varintBytes)));
}

/**
 * A message with the fields of some numbers left out, and others added at its
 * end. @throws WireError
 */
export function changed(
  message: Uint8Array,
  without: readonly number[],
  added: readonly Uint8Array[],
): Buffer {
  const kept = fieldsOf(message).filter(({ number }) => !without.includes(number));
  return Buffer.concat([...kept.map(({ raw }) => raw), ...added]);
}

/**
 * A message with a nested one replaced by what `change` makes of it; as it is if there is none at
 * that path. @throws WireError
 */
export function replaceNested(
  message: Uint8Array,
  path: readonly number[],
  change: (inner: Uint8Array) => Uint8Array,
): Buffer {
  const [number, ...rest] = path;
  const parts = fieldsOf(message).map((field) => {
    if (field.number !== number || field.wire !== 2) return field.raw;
    const inner =
      rest.length === 0 ? change(field.bytes) : replaceNested(field.bytes, rest, change);
    return lengthField(number, inner);
  });
  return Buffer.concat(parts);
}

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}
