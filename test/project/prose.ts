/**
 * One line of a file as far as people read it: comments, messages and titles of code, the text of a
 * page.
 */
export interface ProseLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** A string of several words is a message; a name, a key or a sample value is one word. */
const STRING = /"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|'(?:[^'\\\n]|\\.)*'/g;
const SENTENCE = /\w+\W+\w+\W+\w+/;

/** The lines of prose in a file, by the kind of file that its name says. */
export function linesOfProse(file: string, content: string): ProseLine[] {
  const lines = content.split("\n").map((text, index) => ({ line: index + 1, text }));
  const prose = file.endsWith(".md") ? lines : lines.flatMap((line) => proseIn(line, file));
  // What begins on one line may end on the next.
  return prose.map(({ line, text }, index) => {
    const next = prose[index + 1];
    const first = next?.line === line + 1 ? next.text.trim().split(/\s+/).slice(0, 3) : [];
    return { line, text: [text.trim(), ...first].join(" ") };
  });
}

function proseIn({ line, text }: ProseLine, file: string): ProseLine[] {
  const comment = commentIn(text, file.endsWith(".py"));
  if (comment !== "") return [{ line, text: comment }];
  const strings = (text.match(STRING) ?? []).filter((string) => SENTENCE.test(string));
  // Within a template or a docstring of several lines every line may be a part of it.
  const whole = /^\s*[\w"'`([*][^;{}=]*$/.test(text) && SENTENCE.test(text) ? [text] : [];
  const prose = [...strings, ...whole].join(" ");
  return prose === "" ? [] : [{ line, text: prose }];
}

function commentIn(text: string, isPython: boolean): string {
  const mark = isPython ? /(?:^|\s)#\s(.*)$/ : /(?:^\s*\*\s|^\s*\/\*\*\s|(?:^|\s)\/\/\s|--\s)(.*)$/;
  return mark.exec(text)?.[1] ?? "";
}
