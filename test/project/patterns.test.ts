import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "./imports.ts";
import { attacksOn, patternsBelow, patternsIn } from "./regexps.ts";

/**
 * For this many characters a pattern of quadratic time needs 8 million steps; a linear one some
 * thousand.
 */
const LENGTH = 4096;
/** In milliseconds. What takes less cannot have made this many steps. */
const SURELY_FEW = 1;
/** Four times the characters may cost this many times as much: linear is 4, quadratic 16. */
const MAX_GROWTH = 8;
const TRIES = 5;

/** Looks for every match, as replaceAll() and split() do. */
function run(pattern: RegExp, text: string): void {
  for (const _ of text.matchAll(pattern));
}

/**
 * What running the pattern over the text costs, in milliseconds of the processor: the least of
 * several tries.
 */
function cost(pattern: RegExp, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const before = process.cpuUsage();
    run(pattern, text);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** A text for which the pattern takes more than linear time. */
function weakness(pattern: RegExp): string | undefined {
  const flags = pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`;
  const all = new RegExp(pattern.source, flags);
  const weak = attacksOn(pattern).find(({ start, pump, end }) => {
    const text = (length: number): string => start + pump.repeat(length / pump.length) + end;
    const began = performance.now();
    run(all, text(LENGTH));
    if (performance.now() - began < SURELY_FEW) return false;
    const dear = cost(all, text(LENGTH));
    return dear > SURELY_FEW && dear > MAX_GROWTH * cost(all, text(LENGTH / 4));
  });
  return weak && JSON.stringify(weak);
}

const found = patternsBelow(join(root, "src"));

describe("the regular expressions of src", () => {
  test("are found", () => {
    assert.ok(found.length > 80, `${found.length} were found`);
    const literals = patternsIn(
      "a = b / c / d; `${/x/.test(`}/`)}/`; '/'; // /\n return /[/]\\//g; x[0] / 2 / 1",
    );
    assert.deepEqual(
      literals.map(({ pattern }) => String(pattern)),
      ["/x/", "/[/]\\//g"],
    );
  });

  for (const { file, line, pattern } of found)
    test(`${file}:${line} takes linear time: ${pattern.source.slice(0, 80)}`, () => {
      assert.equal(weakness(pattern), undefined);
    });

  test("are literals, so that this test sees them", () => {
    const made = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) =>
        readFileSync(join(root, "src", name), "utf8")
          .split("\n")
          .filter((line) => /\bRegExp\(/.test(line) && !line.includes("isRegExp("))
          .map((line) => `${name}: ${line.trim()}`),
      );
    // Each of these was checked: fixed lengths, a server's own answer, and what the app itself
    // stored, which is never run here.
    assert.deepEqual(made, [
      "client/decode.ts: return asShared(Object.assign(new RegExp(source, flags), { lastIndex: at }));",
      "identity/token.ts: const ID = new RegExp(`^${UUID}$`);",
      "identity/token.ts: const TOKEN = new RegExp(`^(${UUID})\\\\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$`);",
      "state/codec/leaves.ts: const regexp = new RegExp(source, flags);",
      'store/redis/server-check.ts: return new RegExp(String.raw`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];',
    ]);
  });
});

describe("the attacks", () => {
  const weak = [
    /^\/static\/.*[.-][\w-]{8,}\.(?:js|mjs|css)$/,
    /^\/+|\/+$/g,
    /\s*,\s*/,
    /<head(?:\s(?:"[^"]*"|'[^']*'|[^'">])*)?>/i,
    /^.*?\s+x$/,
    /[0-9]+px/,
    /%.*$/,
  ];
  for (const pattern of weak)
    test(`tell that ${pattern.source} takes more`, () => {
      assert.notEqual(weakness(pattern), undefined);
    });
});
