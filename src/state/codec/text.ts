import { isAscii, isUtf8, type Buffer } from "node:buffer";

/**
 * The text of UTF-8 bytes, or undefined if they are not UTF-8. A byte order mark is kept (and is
 * not JSON).
 */
export function textOf(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString("latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}

/** The offset of the first byte that makes the bytes no UTF-8. */
export function findUtf8Error(bytes: Buffer): number {
  // a start of valid bytes may end inside a character, but never by more than three bytes
  const goodStart = (length: number): number | undefined => {
    for (let end = length; end >= Math.max(0, length - 3); end--)
      if (isUtf8(bytes.subarray(0, end))) return end;
    return undefined;
  };
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (goodStart(middle) === undefined) high = middle - 1;
    else low = middle;
  }
  return goodStart(low) ?? 0;
}
