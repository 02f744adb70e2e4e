/** One fenced block of a page, with what the page says about running it. */
export interface Snippet {
  readonly page: string;
  /** The line of the page where the fence opens, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly mark: Mark | undefined;
}

/**
 * The comment directly before a fence:
 *
 * - `<!-- run: name -->`: part of the program of that name. Parts of one name and page are put
 *   together in their order.
 * - `<!-- output: name -->`: precisely what that program prints.
 * - `<!-- not run: reason -->`: why it is not run.
 */
export interface Mark {
  readonly kind: "run" | "output" | "not run";
  readonly value: string;
}

const FENCE = /^(?<indent> *)(?<ticks>`{3,}|~{3,})(?<language>[\w-]*)/;
const MARK = /^\s*<!-- (?<kind>run|output|not run): (?<value>.+?) -->\s*$/;

/** The fenced blocks of a Markdown text. */
export function snippetsIn(page: string, markdown: string): Snippet[] {
  const lines = markdown.split("\n");
  const snippets: Snippet[] = [];
  let before = "";
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const fence = FENCE.exec(line)?.groups;
    if (fence === undefined) {
      if (line.trim() !== "") before = line;
      continue;
    }
    const { indent = "", ticks = "", language = "" } = fence;
    const end = lines.findIndex((text, at) => at > index && text.trim() === ticks);
    if (end === -1) throw new Error(`${page}:${index + 1}: the fence is never closed`);
    const body = lines.slice(index + 1, end).map((text) => text.slice(indent.length));
    snippets.push({
      page,
      line: index + 1,
      language: LANGUAGES[language] ?? language,
      text: `${body.join("\n")}\n`,
      mark: markIn(before),
    });
    before = "";
    index = end;
  }
  return snippets;
}

const LANGUAGES: Record<string, string> = {
  typescript: "ts",
  javascript: "js",
  mjs: "js",
  bash: "sh",
  shell: "sh",
  console: "sh",
  python: "py",
};

function markIn(line: string): Mark | undefined {
  const groups = MARK.exec(line)?.groups;
  if (groups === undefined) return undefined;
  return { kind: groups["kind"] as Mark["kind"], value: groups["value"] ?? "" };
}
