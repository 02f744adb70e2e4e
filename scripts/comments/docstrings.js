// Wraps the docstrings of Python like comments: a paragraph is filled anew only if one of its lines
// is too long.
import { fill, MAX_COLUMNS } from "./wrap.js";

const QUOTES = '"""';
/** The first line of a docstring, and of a string that follows an assignment and describes it. */
const BEGINS = /^(\s*)(r?""")(.*)$/;
/** Ends of a line that a string goes on from: then it is an argument or an item. */
const GOES_ON = /[([{,=+\\%]$/;
/** The head of a section with items, such as "Args:". */
const SECTION = /^(\s*)(?:Args|Raises|Returns|Yields|Attributes):$/;
/** A tag behind a sentence gets a line of its own. */
const TAG_BEHIND = /(?<=\S) (?=(?:@|:)(?:raises|returns?|param)\b)/;
/** Code in backticks is one word. */
const LAST_WORD = /^(.+) ((?:[^`\s]|`[^`]*`)+)$/;

/**
 * The text of a Python file with every docstring wrapped. Other strings stay as they are.
 *
 * @param {string} text
 */
export function wrapDocstrings(text) {
  const lines = text.split("\n");
  /** @type {string[]} */
  const wrapped = [];
  let before = "";
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? "";
    const end = endOfString(lines, at);
    const block = lines.slice(at, end);
    const isDocstring = BEGINS.test(line) && !GOES_ON.test(before) && isWhole(block);
    const isWide = block.some((one) => one.length > MAX_COLUMNS);
    wrapped.push(...(isDocstring && isWide ? wrapBlock(block) : block));
    const last = (block.at(-1) ?? "").trim();
    if (last !== "" && !last.startsWith("#")) before = last.replace(/\s+#.*$/, "");
    at = end;
  }
  return wrapped.join("\n");
}

/**
 * The line after this one, or after the string of several lines that begins on it.
 *
 * @param {readonly string[]} lines
 * @param {number} at
 */
function endOfString(lines, at) {
  let end = at;
  let quotes = 0;
  do quotes += (lines[end++] ?? "").split(QUOTES).length - 1;
  while (quotes % 2 === 1 && end < lines.length);
  return end;
}

/**
 * Whether nothing follows the string on its last line.
 *
 * @param {readonly string[]} block
 */
function isWhole(block) {
  const text = block.join("\n");
  return text.split(QUOTES).length === 3 && text.trimEnd().endsWith(QUOTES);
}

/** @param {readonly string[]} block */
function wrapBlock(block) {
  const [, indent = "", quotes = "", first = ""] = BEGINS.exec(block[0] ?? "") ?? [];
  const content = [first, ...block.slice(1)].map((line, at) =>
    at > 0 && line.startsWith(indent) ? line.slice(indent.length) : line,
  );
  const last = content.length - 1;
  const endsAlone = last > 0 && content[last]?.trim() === QUOTES;
  if (endsAlone) content.pop();
  else content[last] = (content[last] ?? "").trimEnd().slice(0, -QUOTES.length);
  // The quotes belong to the words beside them, and so take room on their lines.
  const [opening = "", ...rest] = content;
  const given = opening.trim() === "" ? rest : [quotes + opening, ...rest];
  if (!endsAlone) given.push(`${given.pop() ?? ""}${QUOTES}`);
  const body = given.flatMap((line) => line.split(TAG_BEHIND));
  const filled = parts(body, MAX_COLUMNS - indent.length).flatMap((part) => fill(part, indent));
  if (opening.trim() === "") filled.unshift(indent + quotes);
  if (endsAlone) filled.push(indent + QUOTES);
  return filled.map((line) => line.trimEnd());
}

/**
 * The content in parts that are filled apart. An item of a section is one; its further lines are
 * indented.
 *
 * @param {readonly string[]} content
 * @param {number} width of a line without the docstring's indentation, in characters
 */
function parts(content, width) {
  /** @type {string[][]} */
  const found = [[]];
  /** @type {number | undefined} */
  let ofItems;
  let isSection = false;
  for (const line of content) {
    const isHead = SECTION.test(line);
    const indent = line.length - line.trimStart().length;
    const isItem = isSection && line.trim() !== "" && indent <= (ofItems ?? indent);
    if (isItem) ofItems = indent;
    if (isHead || line.trim() === "") [isSection, ofItems] = [isHead, undefined];
    if (isHead || isItem) found.push([]);
    found.at(-1)?.push(line);
  }
  return found.map((part) => hanging(part, width));
}

/**
 * An item of one line that is too long, with the last word on a line of its own: that says how far
 * its further lines are indented.
 *
 * @param {string[]} part
 * @param {number} width
 */
function hanging(part, width) {
  const [line = "", ...more] = part;
  const indent = /^\s+/.exec(line)?.[0];
  const [, head, word] = LAST_WORD.exec(line) ?? [];
  if (indent === undefined || head === undefined || more.some((one) => one.trim() !== ""))
    return part;
  return line.length > width ? [head, `${indent}    ${word}`, ...more] : part;
}
