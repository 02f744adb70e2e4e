// Runs the tests and prints their coverage: node scripts/test.js [files, directories …] [options of node --test]
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ensureDependencies } from "./setup/dependencies.js";
import { runCommand } from "./setup/command.js";
import { endLeftovers } from "./setup/leftovers.js";
import { prepareStreamlitForTests } from "./setup/streamlit.js";
import { ensureSystemTools, findSystemTools } from "./setup/system-tools.js";
import { root } from "./setup/project.js";
import { findTests } from "./setup/test-files.js";

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith("-"));
const wanted = args.filter((arg) => !arg.startsWith("-"));
const files = findTests(wanted);
if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(" ")}. They are test/**/*.test.ts.`);
  process.exit(1);
}

ensureDependencies();
// A part of the tests may well need no browser, so only a run of all of them insists.
const tools = wanted.length === 0 ? ensureSystemTools() : findSystemTools().env;
const python = testPython();
if (python !== undefined) tools["PERSIST_TEST_PYTHON"] = python;

const coverage = join(root, "coverage");
rmSync(coverage, { recursive: true, force: true });

// The runner's closing lines (counts, then what failed) are what a reader looks for, so they come last.
/** @type {string[]} */
const closing = [];
const run = randomUUID();
const code = await runCommand(
  process.execPath,
  [
    "--import",
    "tsx",
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    // Ends a test that hangs; none may take as long as this.
    "--test-timeout=420000",
    ...options,
    ...files,
  ],
  {
    env: {
      ...process.env,
      ...tools,
      NODE_V8_COVERAGE: join(coverage, "tmp"),
      PERSIST_TEST_RUN: run,
    },
    onLine: (line) => {
      if (closing.length > 0 || /^ℹ tests \d+$/.test(stripVTControlCharacters(line)))
        closing.push(line);
      else console.log(line);
    },
    onExit: () => endLeftovers(`PERSIST_TEST_RUN=${run}`),
  },
);

// Files that no test loads are left out: they hold types alone, else `npm run check` reports them as unused.
const reported = await runCommand(process.execPath, [
  join(root, "node_modules/c8/bin/c8.js"),
  "report",
  "--temp-directory=coverage/tmp",
  "--src=src",
  "--include=src/**",
  "--reporter=text",
  "--reporter=text-summary",
  "--reporter=lcovonly",
]);
for (const line of closing) console.log(line);

process.exitCode = code === 0 ? reported : code;

/** The Python with Streamlit that the tests use: the one that is given, or our own. Only a run of all tests insists. */
function testPython() {
  const given = process.env["PERSIST_TEST_PYTHON"];
  if (given !== undefined && given !== "") return given;
  const { python, problem } = prepareStreamlitForTests();
  if (problem !== undefined) {
    console.error(problem);
    if (wanted.length === 0) process.exit(1);
  }
  return python;
}
