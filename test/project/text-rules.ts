// Rules about texts of the project, each with what it must find and what it must leave alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./imports.ts";

export interface TextRule {
  readonly name: string;
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly remedy: string;
  /** Texts that the rule must find, and texts that it must leave alone. */
  readonly finds: readonly string[];
  readonly leaves: readonly string[];
}

/** A piece of a file that rules are held against. */
export interface Piece {
  readonly line: number;
  readonly text: string;
}

/**
 * Declares a test for each rule: it finds nothing in the files.
 *
 * @param files - paths below the project's root
 * @param piecesOf - what of a file's text is read
 */
export function ruleTests(
  rules: readonly TextRule[],
  files: readonly string[],
  piecesOf: (file: string, text: string) => readonly Piece[],
): void {
  for (const { name, pattern, remedy, finds, leaves } of rules)
    test(name, () => {
      for (const text of finds) assert.match(text, pattern);
      for (const text of leaves) assert.doesNotMatch(text, pattern);
      const found = files.flatMap((file) =>
        piecesOf(file, readFileSync(join(root, file), "utf8"))
          .filter(({ text }) => pattern.test(text))
          .map(({ line, text }) => `${file}:${line}: ${text.trim()}`),
      );
      assert.deepEqual(found, [], remedy);
    });
}
