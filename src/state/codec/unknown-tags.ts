import { isBinaryTag } from "./binary.ts";
import { OpaqueValue } from "./opaque.ts";
import { TAG_NAME, VALUE_TAGS } from "./tags.ts";

export interface CutText {
  /** The text, with `{"$":n}` where the n-th opaque value stood. */
  readonly text: string;
  readonly opaque: readonly OpaqueValue[];
}

// `{"$` cannot stand inside a JSON string (there, a quote follows a backslash), so each match is
// the start of an object
const TAG_START = /\{[ \t\n\r]*"\$(?!\$)([^"\\]*)(["\\])/g;
const REFERENCE_KEY = /"\$(?:def|ref)"[ \t\n\r]*:/;

/**
 * Takes the tags that this language does not know out of a text of valid JSON, as the text that
 * they are: parsing and writing again would change it (1.0, the order of keys like "2"). Gives
 * `undefined` if a tag has a name that none can have. Gives "entangled" if an unknown tag holds
 * definitions or references: ids count over the whole attribute, so it can only be kept whole.
 */
export function cutUnknownTags(text: string): CutText | "entangled" | undefined {
  const opaque: OpaqueValue[] = [];
  const parts: string[] = [];
  let kept = 0;
  TAG_START.lastIndex = 0;
  for (let match = TAG_START.exec(text); match !== null; match = TAG_START.exec(text)) {
    const name = match[1] as string;
    if (match[2] === "\\" || !TAG_NAME.test(name)) return undefined;
    if (VALUE_TAGS.has(name) || isBinaryTag(name)) continue;
    const end = endOfObject(text, match.index);
    const json = text.slice(match.index, end);
    if (REFERENCE_KEY.test(json)) return "entangled";
    if (Object.keys(JSON.parse(json) as object).length !== 1) return undefined;
    parts.push(text.slice(kept, match.index), `{"$":${opaque.length}}`);
    opaque.push(OpaqueValue.ofTag(name, json));
    kept = end;
    TAG_START.lastIndex = end;
  }
  return { text: opaque.length === 0 ? text : parts.join("") + text.slice(kept), opaque };
}

/**
 * Puts the texts of opaque values back where encodeValue() left `{"$":n}`: a key that no other
 * object of a written text can have.
 */
export function pasteOpaque(text: string, opaque: readonly OpaqueValue[]): string {
  return text.replace(
    /\{"\$":(\d+)\}/g,
    (_, index: string) => (opaque[Number(index)] as OpaqueValue).json,
  );
}

// The text is known to be JSON, so brackets outside strings match
function endOfObject(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    const char = text[at];
    if (char === '"') {
      while (text[++at] !== '"') if (text[at] === "\\") at++;
    } else if (char === "{" || char === "[") {
      depth++;
    } else if ((char === "}" || char === "]") && --depth === 0) {
      return at + 1;
    }
  }
}
