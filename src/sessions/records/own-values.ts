/**
 * The bytes of an attribute in the library's own records (docs/protocol.md): the format byte `J`, then JSON. It imports nothing of the
 * codec, since these values are numbers and texts alone.
 */
export function ownBytes(value: number | string): Uint8Array {
  return Buffer.from(`J${JSON.stringify(value)}`);
}

/** The value of such bytes; undefined if there are none. */
export function ownValue(bytes: Uint8Array | undefined): unknown {
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString("utf8").slice(1));
}
