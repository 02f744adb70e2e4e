// Runs the tests: node scripts/test.js [files, directories …] [--coverage] [--times]
// [options of node --test]
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { testConcurrency } from "./setup/concurrency.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { runCommand } from "./setup/command.js";
import { endLeftovers } from "./setup/leftovers.js";
import { prepareStreamlitForTests } from "./setup/streamlit.js";
import { ensureSystemTools, findSystemTools } from "./setup/system-tools.js";
import { root } from "./setup/project.js";
import { parseTestArguments } from "./setup/test-arguments.js";
import { homeForTests, testEnvironment } from "./setup/test-environment.js";
import { findTests } from "./setup/test-files.js";
import { longestFirst, recordDurations } from "./setup/test-order.js";
import { readTimes, report } from "./setup/test-times.js";
import { compileAll } from "./setup/typescript-cache.js";

const args = process.argv.slice(2);
const withCoverage = args.includes("--coverage");
const withTimes = args.includes("--times");
const { paths, options, problem } = parseTestArguments(
  args.filter((arg) => arg !== "--coverage" && arg !== "--times"),
);
const unmatched = paths.filter((path) => findTests([path]).length === 0);
if (problem !== undefined || unmatched.length > 0) {
  console.error(
    problem ?? `No test file matches ${unmatched.join(" ")}. They are test/**/*.test.ts.`,
  );
  process.exit(1);
}
const files = longestFirst(findTests(paths));

ensureDependencies();
// A part of the tests may well need no browser, so only a run of all of them insists.
const tools = paths.length === 0 ? ensureSystemTools() : findSystemTools().env;
const python = testPython();
if (python !== undefined) tools["PERSIST_TEST_PYTHON"] = python;

await compileAll(["src", "test", "examples"]);

const coverage = join(root, "coverage");
if (withCoverage) rmSync(coverage, { recursive: true, force: true });
// Most options of the runner are the command line's own, and that takes the files in the order of
// their names.
const isPlain = options.some((option) => !/^--test-(concurrency|timeout)=/.test(option));
const plain = [
  "--test",
  ...(options.some((option) => option.startsWith("--test-reporter"))
    ? []
    : ["--test-reporter=spec"]),
  "--test-timeout=600000",
  `--test-concurrency=${testConcurrency()}`,
];

// The runner's closing lines (counts, then what failed) are what a reader looks for, so they come
// last.
/** @type {string[]} */
const closing = [];
const run = randomUUID();
const times = mkdtempSync(join(tmpdir(), "persist-session-times-"));
const home = homeForTests();
const code = await runCommand(
  process.execPath,
  [
    "--import",
    pathToFileURL(join(root, "scripts/setup/typescript.js")).href,
    "--import",
    pathToFileURL(join(root, "scripts/setup/test-times.js")).href,
    ...(isPlain ? plain : []),
    ...options,
    ...(isPlain ? [] : ["scripts/setup/run-tests.js"]),
    ...files,
  ],
  {
    env: {
      ...testEnvironment(process.env),
      ...home.env,
      ...tools,
      ...(withCoverage && { NODE_V8_COVERAGE: join(coverage, "tmp") }),
      // Newer versions of Node keep what they have compiled. Coverage would be less exact with it.
      ...(!withCoverage && { NODE_COMPILE_CACHE: join(root, ".cache", "node") }),
      PERSIST_TEST_RUN: run,
      PERSIST_TEST_TIMES: times,
    },
    onLine: (line) => {
      if (closing.length > 0 || /^ℹ tests \d+$/.test(stripVTControlCharacters(line)))
        closing.push(line);
      else console.log(line);
    },
    onExit: () => endLeftovers(run),
  },
);

const taken = readTimes(times);
rmSync(times, { recursive: true, force: true });
home.remove();
// A part of a file's tests says nothing about the file.
if (!isPlain) recordDurations(taken);
if (withTimes) for (const line of report(taken)) console.log(line);

const reported = withCoverage ? await reportCoverage() : 0;
for (const line of closing) console.log(line);

process.exitCode = code === 0 ? reported : code;

/**
 * Files that no test loads are left out: they hold types alone, else `npm run check` reports them
 * as unused.
 */
async function reportCoverage() {
  return await runCommand(process.execPath, [
    join(root, "node_modules/c8/bin/c8.js"),
    "report",
    "--temp-directory=coverage/tmp",
    "--src=src",
    "--include=src/**",
    "--reporter=text",
    "--reporter=text-summary",
    "--reporter=lcovonly",
  ]);
}

/**
 * The Python with Streamlit that the tests use: the one that is given, or our own. Only a run of
 * all tests insists.
 */
function testPython() {
  const given = process.env["PERSIST_TEST_PYTHON"];
  if (given !== undefined && given !== "") return given;
  const { python, problem } = prepareStreamlitForTests();
  if (problem !== undefined) {
    console.error(problem);
    if (paths.length === 0) process.exit(1);
  }
  return python;
}
