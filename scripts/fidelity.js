// npm run test:fidelity -- DIR [--only PATTERN] [--jobs N] [--streamlit VERSION] [--json FILE] Runs
// an unpacked copy of Streamlit's own end-to-end suite, direct and behind the gateway, and prints
// what passes direct and fails behind.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { findSuite, prepareEnvironment } from "./fidelity/environment.js";
import { compare, printTable } from "./fidelity/comparison.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { ensureSystemTools } from "./setup/system-tools.js";

const USAGE = `npm run test:fidelity -- DIR [options]

DIR is a source tree of Streamlit (https://github.com/streamlit/streamlit), or its directory e2e_playwright.

  --only PATTERN       modules whose name matches this regular expression
  --jobs N             how many modules at a time; 1 by default
  --streamlit VERSION  such as 1.57; the newest by default
  --json FILE          where the results go, too`;

const options = /** @type {const} */ ({
  only: { type: "string" },
  jobs: { type: "string", default: "1" },
  streamlit: { type: "string" },
  json: { type: "string" },
});

/** @param {string} problem @returns {never} */
function refuse(problem) {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const jobs = Number(values.jobs);
    if (!Number.isInteger(jobs) || jobs < 1) refuse(`--jobs takes a number, not ${values.jobs}.`);
    if (positionals.length > 1) refuse(`One directory, not ${positionals.length}.`);
    return { ...values, jobs, path: positionals[0], only: new RegExp(values.only ?? "") };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { path, only, jobs, streamlit, json } = readArguments();
const found = findSuite(path === undefined ? undefined : resolve(path));
if ("problem" in found) refuse(found.problem);
const modules = found.modules.filter((name) => only.test(name));
if (modules.length === 0) refuse(`None of ${found.modules.length} modules matches ${only}.`);
ensureDependencies();
const chromium = ensureSystemTools()["CHROMIUM_PATH"] ?? "";
const environment = prepareEnvironment(streamlit);
if ("problem" in environment) refuse(environment.problem);

const places = { suite: found.suite, python: environment.python, chromium };
const results = await compare(places, modules, jobs);
if (json !== undefined) writeFileSync(resolve(json), `${JSON.stringify(results, null, 2)}\n`);
printTable(results);
if (results.differences.length > 0) process.exitCode = 1;
