// Wraps comments at 100 columns, which oxfmt leaves as they are. A paragraph is filled anew only if
// one of its lines is too long.

/** The longest line of a comment, in characters. */
export const MAX_COLUMNS = 100;

/** What a tool reads, which must stay on one line. */
const DIRECTIVE = /^(?:oxlint-|@ts-|c8 |v8 |!|noqa|type:|mypy:|ruff:)/;
/**
 * The beginning of a paragraph of its own: a tag, an item of a list, a heading, a row of a table.
 */
const OPENING = /^(?:@[\w.]+|:(?:param|raises|returns?)\b|[-*] |\d+\. |\||#)/;

/**
 * The text with every comment of whole lines wrapped. Comments behind code and in template literals
 * stay as they are.
 *
 * @param {string} text
 * @param {"//" | "#"} mark what comments of one line begin with: that of Python is "#"
 */
export function wrapComments(text, mark = "//") {
  const lines = text.split("\n");
  /** @type {string[]} */
  const wrapped = [];
  let isTemplate = false;
  for (let at = 0; at < lines.length;) {
    const end = isTemplate ? at : endOfComment(lines, at, mark);
    if (end === at) {
      const line = lines[at] ?? "";
      if (countQuotes(isTemplate || mark === "#" ? line : withoutPatterns(line), mark) % 2 === 1)
        isTemplate = !isTemplate;
      wrapped.push(line);
      at++;
      continue;
    }
    const block = lines.slice(at, end);
    const isWide = block.some((line) => line.length > MAX_COLUMNS);
    const isRead = DIRECTIVE.test(block[0]?.replace(/^\s*(?:#|\/[/*]+)\s*/, "") ?? "");
    wrapped.push(...(isWide && !isRead ? wrapBlock(block, mark) : block));
    at = end;
  }
  return wrapped.join("\n");
}

/**
 * The line after the comment that begins with this line; the same line if none does.
 *
 * @param {readonly string[]} lines
 * @param {number} at
 * @param {string} mark
 */
function endOfComment(lines, at, mark) {
  const first = lines[at] ?? "";
  if (mark === "//" && /^\s*\/\*\*?(?:\s|$)/.test(first)) {
    let end = at;
    while (end < lines.length && !lines[end]?.includes("*/")) end++;
    // With code behind it, it is no comment of whole lines.
    return /\*\/\s*$/.test(lines[end] ?? "") ? end + 1 : at;
  }
  const indent = /^\s*/.exec(first)?.[0] ?? "";
  let end = at;
  while (lines[end]?.startsWith(`${indent}${mark} `) === true) end++;
  return end;
}

/**
 * @param {readonly string[]} block
 * @param {string} mark
 */
function wrapBlock(block, mark) {
  const [first = ""] = block;
  const indent = /^\s*/.exec(first)?.[0] ?? "";
  if (first.startsWith(`${indent}${mark}`)) {
    const content = block.map((line) => line.slice(indent.length + mark.length + 1));
    return fill(content, `${indent}${mark} `).map((line) => line.trimEnd());
  }
  const opening = /\/\*\*?/.exec(first)?.[0] ?? "/**";
  const content = block
    .map((line, index) =>
      index === 0 ? line.slice(indent.length + opening.length) : line.replace(/^\s*\*(?!\/)/, ""),
    )
    .map((line) => line.replace(/\s*\*\/\s*$/, "").replace(/^ /, ""));
  if (content[0]?.trim() === "") content.shift();
  if (content.at(-1)?.trim() === "") content.pop();
  const filled = fill(content, `${indent} * `).map((line) => line.trimEnd());
  return [`${indent}${opening}`, ...filled, `${indent} */`];
}

/**
 * The lines with this prefix, and with each paragraph that is too wide filled anew.
 *
 * @param {readonly string[]} content
 * @param {string} prefix
 */
export function fill(content, prefix) {
  const width = MAX_COLUMNS - prefix.length;
  return paragraphs(content)
    .flatMap(({ lines, isFixed }) =>
      isFixed || lines.every((line) => line.length <= width) ? lines : fillParagraph(lines, width),
    )
    .map((line) => prefix + line);
}

/** @param {readonly string[]} content */
function paragraphs(content) {
  /** @type {{ lines: string[]; isFixed: boolean }[]} */
  const found = [];
  let isFenced = false;
  for (const line of content) {
    const isFence = /^\s*```/.test(line);
    const isFixed = isFenced || isFence || line.trim() === "" || DIRECTIVE.test(line);
    if (isFence) isFenced = !isFenced;
    const last = found.at(-1);
    const goesOn = !isFixed && last?.isFixed === false && !OPENING.test(line.trim());
    if (goesOn) last?.lines.push(line);
    else found.push({ lines: [line], isFixed });
  }
  return found;
}

/**
 * @param {readonly string[]} lines
 * @param {number} width
 */
function fillParagraph(lines, width) {
  const [first = "", second] = lines;
  const start = /^\s*/.exec(first)?.[0] ?? "";
  const hanging = /^\s*/.exec(
    second ?? (/^\s*(?:[-*] |[@:]param)/.test(first) ? `${start}  ` : start),
  );
  const rest = hanging?.[0] ?? "";
  /** @type {string[]} */
  const filled = [];
  let line = start;
  for (const word of wordsOf(lines)) {
    const isEmpty = line.trim() === "";
    if (!isEmpty && line.length + 1 + word.length > width) {
      filled.push(line);
      line = rest + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...filled, line];
}

/**
 * The words, with `code in backticks` as one word, and none that would begin a tag or an item at
 * the start of a line.
 *
 * @param {readonly string[]} lines
 */
function wordsOf(lines) {
  const text = lines.map((line) => line.trim()).join(" ");
  return (
    text.match(
      /(?:`[^`]*`|\{@[^}]*\}|\S)+(?: (?=[-*+|#] |\d+\. |@))?(?:(?<= )(?:[-*+|#]|\d+\.|@\S*) \S+)?/g,
    ) ?? []
  );
}

/**
 * A line of code without its regular expressions and the comment at its end, in which a backtick
 * begins no template.
 *
 * @param {string} line
 */
function withoutPatterns(line) {
  return line.replace(
    /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<=(?:[=(,:!|&?[]|\breturn)\s*)\/(?![/*])(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/|(?<=^|[\s;])\/\/.*$/g,
    "$1",
  );
}

/**
 * How often a string of several lines begins or ends on this line.
 *
 * @param {string} line
 * @param {string} mark
 */
function countQuotes(line, mark) {
  if (mark === "#") return line.split('"""').length - 1;
  const code = line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "").replace(/\\`/g, "");
  return code.split("`").length - 1;
}
