import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { root } from "../project/imports.ts";
import { allPages, type Page } from "./pages.ts";

/** The links of a page that lead to another place of the project. */
function linksIn({ text }: Page): string[] {
  const prose = text.replace(/^ *(`{3,}|~{3,})[\s\S]*?^ *\1/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
    .map((match) => match[1] ?? "")
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The names that a page's headings can be reached by, as code hosts make them. */
function anchorsIn(markdown: string): Set<string> {
  const headings = markdown.matchAll(/^#{1,6} +(.+?) *#*$/gm);
  return new Set(
    [...headings].map((match) =>
      (match[1] ?? "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-"),
    ),
  );
}

function isBroken(page: Page, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page.path : normalize(join(dirname(page.path), path));
  const file = join(root, target);
  if (target.startsWith("..") || !existsSync(file)) return true;
  if (anchor === undefined || statSync(file).isDirectory()) return false;
  return !anchorsIn(readFileSync(file, "utf8")).has(anchor);
}

test("every link between the project's pages leads somewhere", () => {
  const broken = allPages().flatMap((page) =>
    linksIn(page)
      .filter((link) => isBroken(page, link))
      .map((link) => `${page.path}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test("a link that is named like a file leads to the file of that name", () => {
  const wrong = allPages().flatMap(({ path, text }) =>
    [...text.matchAll(/\[([\w./-]+\.(?:ts|py|js))\]\(([^)\s#]+)/g)]
      .filter(([, name = "", link = ""]) => basename(name) !== basename(link))
      .map(([, name, link]) => `${path}: ${name} leads to ${link}`),
  );
  assert.deepEqual(wrong, []);
});

test("linksIn() and isBroken() see a dead link when there is one", () => {
  const text = "# A head, line\n[a](b.md) [c](#a-head-line) `[d](e)` [f](https://example.com)\n";
  const page = { path: "LICENSE.md", text };
  assert.deepEqual(linksIn(page), ["b.md", "#a-head-line"]);
  assert.ok(isBroken(page, "b.md"));
  assert.ok(!isBroken(page, "LICENSE"));
  assert.ok(anchorsIn(text).has("a-head-line"));
});
