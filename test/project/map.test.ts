// The map of CONTRIBUTING.md has every room, and says which have no door of the usual name.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import { tableRows } from "../docs/markdown-tables.ts";
import { root } from "./imports.ts";

const PAGE = "CONTRIBUTING.md";

/** The directories below one, and itself, as the map writes them: "src/cli/". */
function directoriesBelow(base: string): string[] {
  const below = readdirSync(join(root, base), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return [base, ...below].map((path) => `${path.replaceAll("\\", "/")}/`).toSorted();
}

/** The paths in backticks in a text. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`([\w/.-]+\/[\w/.-]*)`/g)].map(([, path = ""]) => path);
}

describe("the map of CONTRIBUTING.md", () => {
  const rows = tableRows(PAGE, "Where things are");
  const mapped = new Set(rows.flatMap(([first = ""]) => pathsIn(first)));

  test("has a row for every directory of src", () => {
    const missing = directoriesBelow("src").filter((path) => path !== "src/" && !mapped.has(path));
    assert.deepEqual(missing, []);
  });

  test("has a row for every package of Python", () => {
    const packages = ["persist_session", "_persist_session_start", "streamlit_persist_session"];
    const missing = packages
      .flatMap((name) => directoriesBelow(`python/${name}`))
      .filter((path) => existsSync(join(root, path, "__init__.py")))
      // One row is enough for the two packages there.
      .map((path) => path.replace(/(\/engine\/python\/).*/, "$1"))
      .filter((path) => !mapped.has(path));
    assert.deepEqual(missing, []);
  });

  test("names only what is there", () => {
    assert.ok(mapped.size > 50, `${mapped.size} paths`);
    assert.deepEqual(
      [...mapped].filter((path) => !existsSync(join(root, path))),
      [],
    );
  });

  test("says which directories of src have no index.ts", () => {
    const [, after = ""] = readFileSync(join(root, PAGE), "utf8").split("have no `index.ts`.");
    const named = pathsIn(after.split("\n\n", 1)[0] ?? "").filter((path) => path.endsWith("/"));
    const doorless = directoriesBelow("src").filter(
      (path) => !existsSync(join(root, path, "index.ts")),
    );
    assert.deepEqual([...new Set(named)].toSorted(), doorless);
  });
});
