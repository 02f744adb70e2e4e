import { inspect } from "node:util";

const SMALL = 32;
// Of arrays, the hidden "length" is listed too; of typed arrays, what their prototypes have.
const HIDDEN =
  /, \[(?:length|BYTES_PER_ELEMENT|byteLength|byteOffset)\]: \d+|, \[buffer\]: ArrayBuffer \{ byteLength: \d+ \}|, (?:parent|offset): \[Getter\]/g;
const ONLY_ITEMS = /^(?:\w+\(\d+\) )?(?:\[Uint8Array\] )?\[ \.\.\. \d+ more items? \]$/;

/**
 * Whether an array or typed array has properties besides its items (`match.index`): JSON would drop
 * them silently. Names of items come first in every listing, so asking for the names costs as much
 * as the array is long; for long arrays util.inspect, which can ask for the others alone, gives the
 * answer; only if that is not clear are all names listed. So a change in what inspect prints would
 * cost time, not correctness.
 */
export function hasExtraProperties(items: ArrayLike<unknown> & object): boolean {
  if (Object.getOwnPropertySymbols(items).length > 0) return true;
  const named = Array.isArray(items) ? 1 : 0; // "length" is an own property of arrays
  if (items.length > SMALL) {
    const text = inspect(items, {
      maxArrayLength: 0,
      depth: 0,
      customInspect: false,
      showHidden: true,
      compact: true,
      breakLength: Infinity,
    });
    if (ONLY_ITEMS.test(text.replace(HIDDEN, ""))) return false;
  }
  return Object.getOwnPropertyNames(items).length > items.length + named;
}

/** The same for an object without items, which has `known` own properties by nature. */
export function hasOwnProperties(value: object, known = 0): boolean {
  return (
    Object.getOwnPropertyNames(value).length > known ||
    Object.getOwnPropertySymbols(value).length > 0
  );
}
