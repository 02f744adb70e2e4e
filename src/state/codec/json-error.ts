const CLOSER: Record<string, string> = { "[": "]", "{": "}" };

/**
 * The index of the first character at which a text stops being JSON (RFC 8259), or undefined if it
 * is JSON. JSON.parse does the reading; this one runs only after it failed, since its messages
 * quote the text.
 */
export function findJsonError(text: string): number | undefined {
  const open: string[] = [];
  let at = skipSpace(text, 0);
  for (;;) {
    // a value is expected
    const char = text[at];
    if (char === "[" || char === "{") {
      at = skipSpace(text, at + 1);
      if (text[at] !== CLOSER[char]) {
        open.push(char);
        if (char === "[") continue;
        const value = skipKey(text, at);
        if (value < 0) return -value - 1;
        at = value;
        continue;
      }
      at++;
    } else {
      const end = skipScalar(text, at);
      if (end < 0) return -end - 1;
      at = end;
    }
    // a value has ended: close what ends here, then go to the next value
    for (;;) {
      at = skipSpace(text, at);
      const inside = open.at(-1);
      if (inside === undefined) return at < text.length ? at : undefined;
      if (text[at] !== CLOSER[inside]) break;
      open.pop();
      at++;
    }
    if (text[at] !== ",") return at;
    at = skipSpace(text, at + 1);
    if (open.at(-1) === "{") {
      const value = skipKey(text, at);
      if (value < 0) return -value - 1;
      at = value;
    }
  }
}

// The functions below give the index after what they skip, or where it goes wrong as -(index + 1).

function skipKey(text: string, start: number): number {
  if (text[start] !== '"') return -start - 1;
  const end = skipString(text, start);
  if (end < 0) return end;
  const colon = skipSpace(text, end);
  return text[colon] === ":" ? skipSpace(text, colon + 1) : -colon - 1;
}

function skipScalar(text: string, start: number): number {
  if (text[start] === '"') return skipString(text, start);
  for (const word of ["true", "false", "null"]) {
    if (text[start] !== word[0]) continue;
    for (let i = 1; i < word.length; i++) if (text[start + i] !== word[i]) return -(start + i) - 1;
    return start + word.length;
  }
  return skipNumber(text, start);
}

function skipString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -at - 1;
    if (code !== 0x5c) continue;
    at++;
    if (text[at] === "u") {
      for (const end = at + 4; at < end; at++) if (!isHex(text[at + 1])) return -(at + 1) - 1;
    } else if (at >= text.length || !'"\\/bfnrt'.includes(text[at] as string)) {
      return -at - 1;
    }
  }
  return -text.length - 1;
}

function skipNumber(text: string, start: number): number {
  let at = text[start] === "-" ? start + 1 : start;
  if (text[at] === "0") at++;
  else if ((at = skipDigits(text, at)) < 0) return at;
  if (text[at] === "." && (at = skipDigits(text, at + 1)) < 0) return at;
  if (text[at] === "e" || text[at] === "E") {
    const signed = text[at + 1] === "+" || text[at + 1] === "-";
    at = skipDigits(text, at + (signed ? 2 : 1));
  }
  return at;
}

function skipDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text[at])) at++;
  return at === start ? -start - 1 : at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return at;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

function isHex(char: string | undefined): boolean {
  return isDigit(char) || (char !== undefined && "abcdefABCDEF".includes(char));
}
