import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./project.js";

/** How long each file took when it ran last on this machine, in seconds. */
const record = join(root, ".cache", "test-durations.json");

/**
 * What a file works with, and the seconds that it then takes at a guess: for files that have not
 * run here yet.
 */
const GUESSES = /** @type {const} */ ([
  [/useStage\(|startChromium|AppServer/, 40],
  [/\b(run|persistSession|useCommand)\(|testModule|startPostgres|tarball/, 25],
  [/startRedis|onEach|testStoreContract|startScript/, 10],
]);

/**
 * The longest first: so the last ones to end are short, and no processor waits for long.
 *
 * @param {readonly string[]} files paths from the project's root
 */
export function longestFirst(files) {
  const known = readRecord();
  const seconds = new Map(files.map((file) => [file, known[file] ?? guess(file)]));
  return files.toSorted((a, b) => (seconds.get(b) ?? 0) - (seconds.get(a) ?? 0));
}

/** @param {ReadonlyMap<string, number>} seconds by absolute path */
export function recordDurations(seconds) {
  const known = readRecord();
  for (const [file, taken] of seconds) known[relative(root, file)] = Math.round(taken * 10) / 10;
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, `${JSON.stringify(known, undefined, 1)}\n`);
}

/** @returns {Record<string, number>} */
function readRecord() {
  try {
    return JSON.parse(readFileSync(record, "utf8"));
  } catch {
    return {};
  }
}

/** @param {string} file */
function guess(file) {
  const text = readFileSync(join(root, file), "utf8");
  return GUESSES.find(([pattern]) => pattern.test(text))?.[1] ?? 1;
}
