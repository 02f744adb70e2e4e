import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../setup/project.js";

/**
 * @typedef {object} Outcome
 * @property {"passed" | "failed" | "skipped"} outcome
 * @property {string} why what pytest says about a failure
 */

/**
 * @typedef {object} Places
 * @property {string} suite
 * @property {string} python
 * @property {string} chromium
 */

const PLUGIN = fileURLToPath(new URL(".", import.meta.url));
/**
 * How long a module's tests may take, in milliseconds: one that hangs must not hold up the rest.
 */
const MAX_TIME = 30 * 60_000;

/**
 * Runs tests of the suite.
 *
 * @param {Places} places
 * @param {readonly string[]} tests names of modules or of single tests, as pytest takes them
 * @param {boolean} behind whether the gateway stands in front of Streamlit
 * @returns {Promise<Map<string, Outcome>>} by the test's name
 */
export async function runTests({ suite, python, chromium }, tests, behind) {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-fidelity-"));
  const results = join(directory, "results.json");
  const gateway = [
    process.execPath,
    "--import",
    import.meta.resolve("tsx"),
    join(root, "src/cli/main.ts"),
  ];
  try {
    const output = await run(python, ["-m", "pytest", ...pytestOptions(directory), ...tests], {
      cwd: suite,
      env: {
        ...process.env,
        PYTHONPATH: PLUGIN,
        PYTHONDONTWRITEBYTECODE: "1",
        // Where the gateway keeps its state is no part of the suite.
        TMPDIR: directory,
        FIDELITY_RESULTS: results,
        FIDELITY_CHROMIUM: chromium,
        ...(behind && { FIDELITY_GATEWAY: JSON.stringify(gateway) }),
      },
    });
    return readResults(results, tests, output);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {string} directory */
function pytestOptions(directory) {
  const plugins = ["-p", "plugin", "-p", "no:cacheprovider", "-p", "no:randomly"];
  const output = ["-q", "--tb=short", "--output", join(directory, "output")];
  return [...plugins, ...output, "--browser", "chromium"];
}

/**
 * @param {string} results
 * @param {readonly string[]} tests
 * @param {string} output
 * @returns {Map<string, Outcome>}
 */
function readResults(results, tests, output) {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(results, "utf8"))));
  } catch {
    const why = `pytest ended without results: ${output.trim().slice(-300)}`;
    return new Map(tests.map((name) => [name, { outcome: "failed", why }]));
  }
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<string>} the end of what it printed
 */
async function run(file, args, options) {
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output = (output + text).slice(-10_000);
    });
  const timer = setTimeout(() => child.kill("SIGTERM"), MAX_TIME);
  await new Promise((resolve) => {
    child.once("error", resolve);
    child.once("close", resolve);
  });
  clearTimeout(timer);
  return output;
}
