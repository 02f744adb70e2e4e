// The records that the library itself keeps about a session. They move with it as its other records
// do. Their names begin with a control character, so no class can have such a key.

/** Whether a record is the library's own list of tabs, and not a state of the app. */
export function isTabsRecord(state: string): boolean {
  return state.startsWith("\u0001");
}

/**
 * The bytes of an attribute in the library's own records (docs/protocol.md): the format byte `J`,
 * then JSON. It imports nothing of the codec, since these values are numbers and texts alone.
 */
export function ownBytes(value: number | string): Uint8Array {
  return Buffer.from(`J${JSON.stringify(value)}`);
}

/** The value of such bytes; undefined if there are none. */
export function ownValue(bytes: Uint8Array | undefined): unknown {
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString("utf8").slice(1));
}
