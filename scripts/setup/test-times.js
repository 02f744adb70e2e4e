// Notes what each test file takes: node --import ./scripts/setup/test-times.js --test FILE …
// The runner's own events name the file that a test is written in, which may be a helper of many
// test files. So each file's process says at its end how long it has run, and what processor time
// it and the programs that have ended below it took, in a file of the directory that
// PERSIST_TEST_TIMES names.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./project.js";

/**
 * What a test file took, in seconds.
 *
 * @typedef {object} Times
 * @property {string} file from the project's root
 * @property {number} wall on the clock
 * @property {number} cpu of the processors, as far as it is known
 */

/** The unit of Linux for the times of processes, whatever its clock does. */
const TICKS_A_SECOND = 100;

const directory = process.env["PERSIST_TEST_TIMES"];
const file = process.argv[1];
if (
  directory !== undefined &&
  file !== undefined &&
  process.env["NODE_TEST_CONTEXT"] !== undefined
) {
  // What a test starts is no test file.
  delete process.env["PERSIST_TEST_TIMES"];
  process.once("exit", () => note(directory, file));
}

/**
 * @param {string} directory
 * @param {string} file
 */
function note(directory, file) {
  const { user, system } = process.cpuUsage();
  const times = {
    file: relative(root, file),
    wall: performance.now() / 1000,
    cpu: (user + system) / 1e6 + ofChildren(),
  };
  try {
    writeFileSync(join(directory, String(process.pid)), JSON.stringify(times));
  } catch {
    // A report that lacks a file is no failure of its tests.
  }
}

/** The seconds that the programs which have ended below this one took. Linux only: elsewhere 0. */
function ofChildren() {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
  } catch {
    return 0;
  }
}

/**
 * What the files of a run took, the longest first.
 *
 * @param {string} directory
 * @returns {Times[]}
 */
export function readTimes(directory) {
  return readdirSync(directory)
    .map((name) => /** @type {Times} */ (JSON.parse(readFileSync(join(directory, name), "utf8"))))
    .toSorted((a, b) => b.wall - a.wall);
}

/**
 * A line for each file, and their sum.
 *
 * @param {readonly Times[]} times
 */
export function report(times) {
  const sum = { file: `all ${times.length} files`, wall: 0, cpu: 0 };
  for (const { wall, cpu } of times) {
    sum.wall += wall;
    sum.cpu += cpu;
  }
  return [
    "   clock     cpu  seconds of each file",
    ...[...times, sum].map(({ file, wall, cpu }) => `${column(wall)}${column(cpu)}  ${file}`),
  ];
}

/** @param {number} seconds */
function column(seconds) {
  return seconds.toFixed(1).padStart(8);
}
