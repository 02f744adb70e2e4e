/**
 * The values of one name in a Cookie header (RFC 6265bis), in their order: a browser sends one for
 * each path and domain that it knows. Names are compared exactly, values are taken as they are (no
 * unquoting, no percent-decoding). Anything but pairs is skipped. Reads headers of any length that
 * the server accepts, in linear time; a header that is not a string has no values.
 */
export function* readCookie(header: unknown, name: string): Generator<string, void> {
  if (typeof header !== "string") return;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(";", start);
    const end = semicolon === -1 ? header.length : semicolon;
    // Most cookies have other names: they are skipped without a copy.
    const at = skipSpaces(header, start, end);
    if (header.startsWith(name, at)) {
      const equals = skipSpaces(header, at + name.length, end);
      if (equals < end && header[equals] === "=") yield trimmed(header, equals + 1, end);
    }
    start = end + 1;
  }
}

/** The value inside a pair of quotes, as some servers and proxies write it. */
export function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value;
}

function trimmed(text: string, from: number, to: number): string {
  const start = skipSpaces(text, from, to);
  let end = to;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

// Only space and tab are white space in a header; String.prototype.trim() would take much more. A
// loop, because the obvious pattern takes quadratic time on a long run of spaces.
function skipSpaces(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
