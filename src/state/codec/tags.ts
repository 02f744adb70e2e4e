/**
 * A tag is a JSON object whose only key begins with one `$`. A key of the user's that begins with
 * `$` gets one more in front, so the two can never be mistaken for each other.
 */
export const DOLLAR = 0x24;

export const TAG_NAME = /^[a-z][a-z0-9-]*$/;

/** The tags that this language has a value for, besides the binary ones in binary.ts. */
export const VALUE_TAGS: ReadonlySet<string> = new Set([
  "undefined",
  "number",
  "bigint",
  "date",
  "map",
  "set",
  "regexp",
  "url",
  "searchparams",
  "headers",
  "bare",
  "class",
  "custom",
  "def",
  "ref",
]);

/**
 * More digits are refused, in both languages: CPython limits the text of an int to this many digits
 * by default (sys.int_info.default_max_str_digits), since reading takes time that grows with their
 * square.
 */
export const MAX_BIGINT_DIGITS = 4300;

/**
 * Sets an own data property. Plain assignment would run the setter of an inherited name
 * (`__proto__`), and fail for one that is inherited from a frozen prototype.
 */
export function put(target: object, key: string, value: unknown): void {
  if (key in target) {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    (target as Record<string, unknown>)[key] = value;
  }
}
