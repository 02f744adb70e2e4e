import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

/** @param {readonly import("./test-times.js").Times[]} times */
export function recordDurations(times) {
  const known = readRecord();
  for (const { file, wall } of times) known[file] = Math.round(wall * 10) / 10;
  const present = Object.entries(known).filter(([file]) => existsSync(join(root, file)));
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, `${JSON.stringify(Object.fromEntries(present), undefined, 1)}\n`);
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
