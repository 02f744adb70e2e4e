import { snippetsIn, type Snippet } from "./snippets.ts";

/** What a reader would have after copying every part of one name. */
export interface Program {
  readonly page: string;
  readonly name: string;
  readonly line: number;
  /** A Python program is a Streamlit app. */
  readonly language: "ts" | "js" | "sh" | "py";
  readonly text: string;
  /** What the page says that it prints, if it says so. */
  readonly output: string | undefined;
}

/** Languages whose fences must say whether they are run. */
const RUNNABLE = new Set(["ts", "js", "sh", "py"]);

/** Fences that say nothing of themselves, as `page:line`, and marks that make no sense. */
export function unmarkedIn(page: string, markdown: string): string[] {
  const snippets = snippetsIn(page, markdown);
  const names = new Set(programsIn(page, markdown).map(({ name }) => name));
  return snippets
    .filter(({ language, mark }) => {
      if (mark?.kind === "output") return !names.has(mark.value);
      return RUNNABLE.has(language) ? mark === undefined : mark?.kind === "run";
    })
    .map(({ line }) => `${page}:${line}`);
}

/** The programs of one page, in the order in which they begin. */
export function programsIn(page: string, markdown: string): Program[] {
  const snippets = snippetsIn(page, markdown);
  const parts = new Map<string, Snippet[]>();
  for (const snippet of snippets) {
    if (snippet.mark?.kind !== "run" || !RUNNABLE.has(snippet.language)) continue;
    const { value } = snippet.mark;
    parts.set(value, [...(parts.get(value) ?? []), snippet]);
  }
  return [...parts].map(([name, [first, ...rest]]) => join(name, first, rest, snippets));
}

function join(
  name: string,
  first: Snippet | undefined,
  rest: readonly Snippet[],
  all: readonly Snippet[],
): Program {
  if (first === undefined) throw new Error(`the program ${name} has no part`);
  const stranger = rest.find(({ language }) => language !== first.language);
  if (stranger !== undefined) {
    throw new Error(`${stranger.page}:${stranger.line}: ${name} began as ${first.language}`);
  }
  const output = all.find(({ mark }) => mark?.kind === "output" && mark.value === name)?.text;
  return {
    page: first.page,
    name,
    line: first.line,
    language: first.language as Program["language"],
    text: [first, ...rest].map(({ text }) => text).join("\n"),
    output,
  };
}
