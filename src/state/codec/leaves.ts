import { fromBinary } from "./binary.ts";
import { MAX_BIGINT_DIGITS } from "./tags.ts";

/**
 * Values that hold no others, read from the payload of their tag. `undefined` means: not what an
 * encoder writes.
 */

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

const BIGINT = /^(?:0|-?[1-9][0-9]*)$/;

// Milliseconds, or microseconds, as Python writes them if there are any
const DATE =
  /^((?:[0-9]{4}|[+-][0-9]{6})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3})(?:[0-9]{3})?Z$/;

export function numberOf(payload: unknown): number | undefined {
  return NUMBERS.get(payload);
}

export function bigintOf(payload: unknown): bigint | undefined {
  if (
    typeof payload !== "string" ||
    payload.length > MAX_BIGINT_DIGITS + 1 ||
    !BIGINT.test(payload)
  )
    return undefined;
  if (payload.length > MAX_BIGINT_DIGITS && !payload.startsWith("-")) return undefined;
  return BigInt(payload);
}

/** Digits after the milliseconds are cut off: a Date has none. */
export function dateOf(payload: unknown): Date | undefined {
  if (payload === null) return new Date(Number.NaN);
  const text = typeof payload === "string" ? DATE.exec(payload)?.[1] : undefined;
  if (text === undefined) return undefined;
  const date = new Date(`${text}Z`);
  return isWrittenAs(date, text) ? date : undefined;
}

// Date.parse rolls the 31st of April over into May, and hour 24 into the next day; such a text is
// no date
function isWrittenAs(date: Date, text: string): boolean {
  if (text.length !== "2020-01-01T00:00:00.000".length) {
    return !Number.isNaN(date.getTime()) && date.toISOString() === `${text}Z`;
  }
  return (
    date.getUTCDate() === Number(text.slice(8, 10)) &&
    date.getUTCHours() === Number(text.slice(11, 13))
  );
}

/** A whole number from 0. JSON may contain `-0`, which no encoder writes. */
export function isPlace(lastIndex: unknown): lastIndex is number {
  return Number.isSafeInteger(lastIndex) && !Object.is(lastIndex, -0) && (lastIndex as number) >= 0;
}

export function regexpOf(payload: unknown): RegExp | undefined {
  if (!Array.isArray(payload) || payload.length !== 3) return undefined;
  const [source, flags, lastIndex] = payload as [unknown, unknown, unknown];
  if (typeof source !== "string" || typeof flags !== "string") return undefined;
  if (!isPlace(lastIndex)) return undefined;
  try {
    const regexp = new RegExp(source, flags);
    regexp.lastIndex = lastIndex;
    return regexp;
  } catch {
    return undefined; // the caller says where; the engine's message would quote the source
  }
}

export function urlOf(payload: unknown): URL | undefined {
  return typeof payload === "string" && URL.canParse(payload) ? new URL(payload) : undefined;
}

/** Whether the text of a URL gives that URL again. */
export function isSameUrl(href: string): boolean {
  return urlOf(href)?.href === href;
}

export function searchParamsOf(payload: unknown): URLSearchParams | undefined {
  return arePairs(payload) ? new URLSearchParams(payload) : undefined;
}

export function headersOf(payload: unknown): Headers | undefined {
  if (!arePairs(payload)) return undefined;
  const headers = new Headers();
  try {
    for (const [name, value] of payload) {
      for (const part of partsOf(name, value)) headers.append(name, part);
    }
  } catch {
    return undefined; // its message would quote what is stored
  }
  return headers;
}

// Several values of a name are listed as one, and an empty one at its end would be trimmed off.
// What stands before it stays in one piece: its own commas and spaces stay as well.
function partsOf(name: string, value: string): string[] {
  const between = name === "cookie" ? "; " : ", ";
  const empty: string[] = [];
  let first = value;
  while (first.endsWith(between)) {
    first = first.slice(0, -between.length);
    empty.push("");
  }
  return [first, ...empty];
}

function arePairs(payload: unknown): payload is [string, string][] {
  return (
    Array.isArray(payload) &&
    payload.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string"),
    )
  );
}

export function binaryOf(tag: string, payload: unknown): ArrayBufferView | ArrayBuffer | undefined {
  return typeof payload === "string" ? fromBinary(tag, payload) : undefined;
}
