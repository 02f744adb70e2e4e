// Pages wrap at 100 columns, which is oxfmt's work: see .oxfmtrc.json.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { filesBelow, root } from "./imports.ts";

const OXFMT = join(root, "node_modules/.bin/oxfmt");
const MAX_COLUMNS = 100;

const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  "python/README.md",
  ...["docs", "decisions"].flatMap((directory) =>
    filesBelow(join(root, directory), ".md").map((file) => `${directory}/${file}`),
  ),
];

/** The lines that are neither in a fence nor of a table, a heading or HTML, with their numbers. */
function proseOf(text: string): { line: number; text: string }[] {
  let isFence = false;
  return text.split("\n").flatMap((line, index) => {
    const isMark = /^\s*```/.test(line);
    if (isMark) isFence = !isFence;
    if (isFence || isMark || /^\s*(?:\||#|<)/.test(line)) return [];
    return [{ line: index + 1, text: line }];
  });
}

/** Whether the line could have been broken: code in backticks and links are one word. */
function canBreak(line: string): boolean {
  const words = line
    .trim()
    .replace(/`[^`]*`|!?\[[^\]]*\]\([^)]*\)/g, (whole) => "x".repeat(whole.length));
  return words.replace(/^(?:[-*]|\d+\.) /, "").includes(" ");
}

/** What the formatter makes of a page. */
function formatted(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "page-"));
  try {
    const file = join(directory, "page.md");
    writeFileSync(file, text);
    const config = join(root, ".oxfmtrc.json");
    const { status, stderr } = spawnSync(OXFMT, ["-c", config, file], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return readFileSync(file, "utf8");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe("pages", () => {
  test("are wrapped at 100 columns", () => {
    assert.ok(pages.length > 90, `${pages.length} pages`);
    const wide = pages.flatMap((page) =>
      proseOf(readFileSync(join(root, page), "utf8"))
        .filter(({ text }) => text.length > MAX_COLUMNS && canBreak(text))
        .map(({ line }) => `${page}:${line}`),
    );
    assert.deepEqual(wide, [], "npm run format wraps them");
  });

  test("are wrapped by the formatter, which breaks no link, no code and no table", () => {
    const long = "A word, `some code in it`, and [a link of words](https://example.com/a-page). "
      .repeat(4)
      .trim();
    const row = `| ${"cell ".repeat(30).trim()} |`;
    const kept = [
      "# " + "word ".repeat(30).trim(),
      `${row}\n| ${"-".repeat(row.length - 4)} |`,
      "```text\n" + long + "\n```",
    ];
    const page = `${[kept[0], long, `- ${long}`, kept[1], kept[2]].join("\n\n")}\n`;
    const wrapped = formatted(page);
    for (const part of kept) assert.ok(wrapped.includes(part), wrapped);
    assert.deepEqual(
      proseOf(wrapped).filter(({ text }) => text.length > MAX_COLUMNS),
      [],
    );
    const words = (text: string): string => text.replace(/\s+/g, " ");
    assert.equal(words(wrapped), words(page));
    for (const whole of ["`some code in it`", "](https://example.com/a-page)"])
      assert.equal(wrapped.split(whole).length, page.split(whole).length);
    assert.equal(formatted(wrapped), wrapped);
  });

  test("a line that could be broken is found, and one long word is none", () => {
    const word = "x".repeat(MAX_COLUMNS);
    assert.ok(canBreak(`${word} y`));
    assert.ok(canBreak(`- ${word} y`));
    for (const line of [`- ${word}`, `\`${word} y\``, `[${word} y](https://example.com)`])
      assert.ok(!canBreak(line), line);
  });
});
