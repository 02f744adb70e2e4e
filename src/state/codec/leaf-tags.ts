import { toBinary } from "./binary.ts";
import { binaryName, pairsOf } from "./builtin.ts";
import { hasExtraProperties, hasOwnProperties } from "./extras.ts";
import { isPlace, isSameUrl } from "./leaves.ts";
import { MAX_BIGINT_DIGITS } from "./tags.ts";

/**
 * The tags of values that hold no others: the tag, or words for what makes the value unfit
 * (leaves.ts reads them back).
 */
export type LeafTag = Readonly<Record<string, unknown>> | string;

const OWN_PROPERTIES = "a built-in object with properties of its own";

export function numberTag(value: number): LeafTag {
  return { $number: Object.is(value, -0) ? "-0" : String(value) };
}

export function bigintTag(value: bigint): LeafTag {
  const text = value.toString();
  const digits = value < 0n ? text.length - 1 : text.length;
  if (digits > MAX_BIGINT_DIGITS) return `a bigint of more than ${MAX_BIGINT_DIGITS} digits`;
  return { $bigint: text };
}

export function dateTag(date: Date): LeafTag {
  if (hasOwnProperties(date)) return OWN_PROPERTIES;
  const invalid = Number.isNaN(Date.prototype.getTime.call(date));
  return { $date: invalid ? null : Date.prototype.toISOString.call(date) };
}

export function regexpTag(regexp: RegExp): LeafTag {
  if (hasOwnProperties(regexp, 1)) return OWN_PROPERTIES; // lastIndex is one by nature
  const lastIndex: unknown = regexp.lastIndex;
  if (!isPlace(lastIndex)) return "a RegExp whose lastIndex is not a whole number from 0";
  return { $regexp: [regexp.source, regexp.flags, lastIndex] };
}

export function urlTag(url: URL): LeafTag {
  if (hasOwnProperties(url)) return OWN_PROPERTIES;
  const { href } = url;
  // Node 20 makes some, by setters, whose text it does not read: `data://name@`.
  return isSameUrl(href) ? { $url: href } : "a URL that its own text does not lead back to";
}

// What a new one has by itself: Node 20 keeps the content of Headers under symbols of its own.
const ownOfNew = new Map<object, number>();

/** The tag of URLSearchParams or Headers: their pairs, in the order in which they list them. */
export function pairsTag(value: URLSearchParams | Headers): LeafTag {
  const constructor = value instanceof URLSearchParams ? URLSearchParams : Headers;
  let own = ownOfNew.get(constructor);
  if (own === undefined) {
    own = Reflect.ownKeys(new constructor()).length;
    ownOfNew.set(constructor, own);
  }
  if (Reflect.ownKeys(value).length > own) return OWN_PROPERTIES;
  const pairs = pairsOf(value) ?? [];
  return value instanceof URLSearchParams ? { $searchparams: pairs } : { $headers: pairs };
}

export function binaryTag(value: ArrayBufferView | ArrayBuffer): LeafTag {
  const name = binaryName(value);
  const indexed = ArrayBuffer.isView(value) && name !== "DataView";
  const extra = indexed ? hasExtraProperties(value as Uint8Array) : hasOwnProperties(value);
  if (extra) return OWN_PROPERTIES;
  const { tag, base64 } = toBinary(value, name);
  return { [`$${tag}`]: base64 };
}
