import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./imports.ts";

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, file), "utf8"));
}

test("tsconfig.json finds every entry's source when the project imports itself by name", () => {
  const manifest = readJson("package.json") as { exports: Record<string, { types: string }> };
  const config = readJson("tsconfig.json") as {
    compilerOptions: { paths: Record<string, string[]> };
  };
  const expected: Record<string, string[]> = {};
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (entry === "./package.json") continue;
    const source = target.types.replace("./dist/", "./src/").replace(/\.d\.ts$/, ".ts");
    expected[`persist-session${entry.slice(1)}`] = [source];
  }
  // Names of package.json's `imports` are no entries.
  const entries = Object.entries(config.compilerOptions.paths).filter(
    ([name]) => !name.startsWith("#"),
  );
  assert.deepEqual(Object.fromEntries(entries), expected);
});
