import { basename, join } from "node:path";
import { canInstall, installDebianPackages } from "./debian.js";
import { root } from "./project.js";
import { findPython, hasPackages, makeEnvironment, OLDEST_PYTHON, pythonOf } from "./python.js";

/** Where the project keeps its Python packages: where `persist-session run` looks for them, too. */
const environment = join(root, ".venv");

/** What the tests need besides Streamlit, which brings pandas, NumPy and pyarrow itself. */
const forTests = [
  "polars",
  "pydantic",
  "Authlib",
  "mypy",
  "hypothesis",
  // The zones of zoneinfo, which a small system has not.
  "tzdata",
  // Logins by cookies; the first brings extra-streamlit-components along.
  "streamlit-authenticator",
  "streamlit-cookies-controller",
];

/**
 * @typedef {object} Found
 * @property {string} [python] the interpreter of an environment that has Streamlit
 * @property {string} [problem] why there is none, and what to do about it
 */

/**
 * Gives a Python that has Streamlit, from a virtual environment in the project's root. Makes it
 * with the newest Streamlit if it is not there yet; if it is, this costs the start of a Python. To
 * get a newer one later, remove `.venv`.
 *
 * @returns {Found}
 */
export function prepareStreamlit() {
  return prepare(environment, ["streamlit"]);
}

/**
 * Like prepareStreamlit, with what the tests need. If Python is missing, it is installed if that
 * can be done without asking (root on Debian or Ubuntu).
 *
 * @returns {Found}
 */
export function prepareStreamlitForTests() {
  if (findPython() === undefined && canInstall()) {
    console.log("Installing Python (apt-get) …");
    installDebianPackages(["python3", "python3-venv"]);
  }
  return prepare(environment, ["streamlit", ...forTests]);
}

/** The oldest version that is supported. */
export const OLDEST_STREAMLIT = "1.45";

/**
 * An environment with the oldest Streamlit that is supported, and nothing else.
 *
 * @returns {Found}
 */
export function prepareOldestStreamlit() {
  return prepare(join(root, `.venv-${OLDEST_STREAMLIT}`), [`streamlit==${OLDEST_STREAMLIT}.*`]);
}

/**
 * An environment of its own for one version of Streamlit, for the tests over several versions.
 *
 * @param {string} version such as "1.57"
 * @returns {Found}
 */
export function prepareStreamlitVersion(version) {
  // The pandas 2 of the oldest cannot use the zones of dateutil 3 and 4.
  const packages = [`streamlit==${version}.*`, "python-dateutil<3", ...forTests];
  return prepare(join(root, `.venv-${version}`), packages);
}

/**
 * @param {string} directory
 * @param {readonly string[]} packages as pip takes them
 * @returns {Found}
 */
function prepare(directory, packages) {
  const python = pythonOf(directory);
  if (hasPackages(directory, packages)) return { python };
  const base = findPython();
  if (base === undefined) return { problem: noPython() };
  console.log(`Installing ${packages.join(", ")} into ${basename(directory)} …`);
  if (makeEnvironment(base, directory, packages)) return { python };
  const name = basename(directory);
  const problem =
    `Streamlit could not be installed into ${name}, see above. It needs a reachable package ` +
    `index. To begin anew: remove ${name} and try again.`;
  return { problem };
}

function noPython() {
  return [
    `Streamlit needs Python ${OLDEST_PYTHON} or newer, with venv. Install:`,
    "  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install -y python3 python3-venv",
    "  macOS:           brew install python",
    "  elsewhere:       any CPython whose python3 is in PATH",
  ].join("\n");
}
