import { Buffer } from "node:buffer";

/**
 * What is stored for an attribute that was cleared by itself, or that a migration has left out
 * (docs/codec.md, "The default of the class"): it starts with the class's default again, in every
 * language. A deletion is something else: after it the default does not come back.
 */
export const DEFAULT_MARK: Uint8Array = Buffer.from('J{"$default":null}');

export function isDefaultMark(bytes: Uint8Array): boolean {
  return bytes.length === DEFAULT_MARK.length && Buffer.compare(bytes, DEFAULT_MARK) === 0;
}
