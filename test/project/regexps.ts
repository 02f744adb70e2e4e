import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A regular expression as it stands in the source. */
export interface FoundPattern {
  /** From the directory that was searched. */
  readonly file: string;
  readonly line: number;
  readonly pattern: RegExp;
}

const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/([a-z]*)/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\/|#![^\n]*/y;
const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$]*|[0-9][\w.]*/uy;
/** After these words a slash begins a regular expression; after any other it divides. */
const BEFORE_VALUE = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "await",
  "yield",
  "throw",
  "else",
  "do",
  "void",
  "delete",
  "new",
]);

/** Every regular expression literal of the TypeScript files below a directory. */
export function patternsBelow(directory: string): FoundPattern[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .flatMap((name) => {
      const path = join(directory, name);
      return patternsIn(readFileSync(path, "utf8"), relative(directory, path));
    });
}

/** Those of one text. */
export function patternsIn(text: string, file = ""): FoundPattern[] {
  const found: FoundPattern[] = [];
  /** For each template that is open: how many braces are open within its `${`. */
  const templates: number[] = [];
  let isValueBefore = false;
  let at = 0;
  const matchAt = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const readTemplate = (): void => {
    for (; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text[at] === "`") {
        at++;
        isValueBefore = true;
        return;
      } else if (text.startsWith("${", at)) {
        at += 2;
        templates.push(0);
        isValueBefore = false;
        return;
      }
    }
  };
  while (at < text.length) {
    const character = text[at] as string;
    const comment = matchAt(COMMENT);
    if (comment !== null) {
      at += comment[0].length;
      continue;
    }
    if (character === "/" && !isValueBefore) {
      const literal = matchAt(REGEXP);
      if (literal === null) throw new Error(`${file}: a slash at ${at} that is no pattern`);
      const [whole, flags = ""] = literal;
      const source = whole.slice(1, whole.lastIndexOf("/"));
      const line = text.slice(0, at).split("\n").length;
      found.push({ file, line, pattern: new RegExp(source, flags) });
      at += whole.length;
      isValueBefore = true;
      continue;
    }
    const string = matchAt(STRING);
    const word = matchAt(WORD);
    if (string !== null) {
      at += string[0].length;
      isValueBefore = true;
    } else if (word !== null) {
      at += word[0].length;
      isValueBefore = !BEFORE_VALUE.has(word[0]);
    } else if (character === "`") {
      at++;
      readTemplate();
    } else if (character === "}" && templates.at(-1) === 0) {
      templates.pop();
      at++;
      readTemplate();
    } else {
      const depth = templates.length - 1;
      if (character === "{" && depth >= 0) templates[depth] = (templates[depth] ?? 0) + 1;
      if (character === "}" && depth >= 0) templates[depth] = (templates[depth] ?? 0) - 1;
      if (!/\s/.test(character))
        isValueBefore = character === ")" || character === "]" || character === "}";
      at++;
    }
  }
  return found;
}

/** Printable ASCII, white space, and one letter each of other kinds. */
const ALPHABET = [
  ...Array.from({ length: 95 }, (_, i) => String.fromCodePoint(32 + i)),
  "\t",
  "\n",
  "\r",
  "ä",
  "😀",
];

/**
 * A beginning that fits some of a pattern, a part that is repeated, and something that fits
 * nowhere.
 */
export interface Attack {
  readonly start: string;
  readonly pump: string;
  readonly end: string;
}

/** Without one of these a pattern looks at a fixed number of characters from each place on. */
const UNBOUNDED = /[*+]|\{\d*,\}/;
const MAX_STARTS = 12;

/** Texts that make a backtracking matcher work, if anything does. */
export function attacksOn(pattern: RegExp): Attack[] {
  if (!UNBOUNDED.test(pattern.source)) return [];
  const { starts, pumps } = partsOf(pattern.source, pattern.flags);
  const ends = ["\u0000", "", "\n"];
  return ["", "\u0001", ...starts].flatMap((start) =>
    pumps.flatMap((pump) => ends.map((end) => ({ start, pump, end }))),
  );
}

/** Atoms: a class, an escape, or one character. */
const ATOM =
  /\[(?:[^\]\\]|\\.)*\]|\\[pP]\{[^}]*\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[^]|[^()|*+?{}^$]/gu;

/** What the atoms of a pattern read, and the beginnings that lead to each of them. */
function partsOf(source: string, flags: string): { starts: string[]; pumps: string[] } {
  const isUnicode = /[uv]/.test(flags);
  const inner = source.replaceAll(/\(\?(?:<?[=!]|:|<\w+>)/g, "(").replaceAll(/\{\d*,?\d*\}/g, "");
  const starts = new Set<string>();
  const pumps = new Set<string>();
  let start = "";
  let before = "";
  for (const [atom] of inner.matchAll(ATOM)) {
    if (/^\\[bB]$/.test(atom)) continue;
    const one = new RegExp(`^${atom}$`, isUnicode ? "u" : "");
    const read = ALPHABET.filter((character) => one.test(character));
    const [first] = read;
    if (first === undefined) continue;
    // One of each kind is enough: a class reads its members alike.
    const kinds = [first, ...["-", "a", "1", "/", " ", "."].filter((kind) => read.includes(kind))];
    for (const kind of kinds) pumps.add(kind);
    pumps.add(before + first);
    before = first;
    start += first;
    starts.add(start);
  }
  // Each beginning, over and over, for what may begin anywhere.
  for (const text of [...starts].slice(0, MAX_STARTS)) pumps.add(text);
  return {
    starts: [...starts].slice(0, MAX_STARTS),
    pumps: [...pumps].filter((text) => text !== ""),
  };
}
