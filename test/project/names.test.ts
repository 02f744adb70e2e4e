// Names of the code: one word has one meaning, and bounds are found by their prefix.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { filesBelow, root } from "./imports.ts";
import { type Piece, ruleTests, type TextRule } from "./text-rules.ts";

const rules: readonly TextRule[] = [
  {
    name: "bounds are named MAX_ and MIN_",
    pattern:
      /^(?:export )?(?:const )?_?(?:MOST|FEWEST|LONGEST|SHORTEST|LARGEST|SMALLEST|LEAST)(?:_[A-Z_]+)?\b/,
    remedy: "name it MAX_WAIT, MAX_BYTES, MIN_SIZE, …",
    finds: ["const MOST = 10_000;", "_LONGEST_KEY = 40"],
    leaves: ["const MAX_WAIT = 10_000;", "  // MOST", "ALMOST = 1"],
  },
  {
    name: "no function has a name that says nothing",
    pattern: /(?:function|def|async|#|const|^ {2,4})\s*_?(?:look|told|known|settle)(?:\(| = \()/,
    remedy: "name what it does: check, read, find, describe, accept, finish, …",
    finds: ["async look(id: string) {", "  #look(): void {", "def _look(self)", "  told(error) {"],
    leaves: ["lookUp(id)", "  const known = cache.get(id);", "this.settled()"],
  },
  {
    name: "a codec encodes and decodes: raise is for errors",
    pattern: /def _?(?:raise|lower)_\w+\(payload/,
    remedy: "name it decode_… or encode_…",
    finds: ["def raise_date(payload: Any) -> datetime:"],
    leaves: ["def decode_date(payload: Any) -> datetime:", "def raise_open_files() -> None:"],
  },
];

const files = [
  ...filesBelow(join(root, "src"), ".ts").map((file) => `src/${file}`),
  ...["persist_session", "_persist_session_start"].flatMap((room) =>
    filesBelow(join(root, "python", room), ".py").map((file) => `python/${room}/${file}`),
  ),
];

describe("names", () => {
  test("are read in every room", () => {
    assert.ok(files.length > 500, `${files.length} files`);
  });

  ruleTests(rules, files, linesOf);
});

function linesOf(_file: string, text: string): Piece[] {
  return text.split("\n").map((line, at) => ({ line: at + 1, text: line }));
}
