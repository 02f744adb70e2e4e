import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/project.js";
import {
  findPython,
  hasPackages,
  makeEnvironment,
  OLDEST_PYTHON,
  pythonOf,
} from "../setup/python.js";

/** What the suite's tests and apps import, besides Streamlit and what that brings. */
const PACKAGES = [
  "pytest",
  "pytest-playwright",
  "pytest-xdist",
  "pytest-rerunfailures",
  "requests",
  "pillow",
  "pixelmatch",
  "plotly",
  "matplotlib",
  "graphviz",
];

/**
 * Looks at the path that was given for an unpacked copy of Streamlit's own suite.
 *
 * @param {string | undefined} path a source tree of Streamlit, or its `e2e_playwright`
 * @returns {{ suite: string, modules: string[] } | { problem: string }} its directory, and the
 * names of its test modules
 */
export function findSuite(path) {
  if (path === undefined) return { problem: "Which suite?" };
  const suite = [join(path, "e2e_playwright"), path].find((directory) =>
    existsSync(join(directory, "conftest.py")),
  );
  if (suite === undefined)
    return { problem: `${path} holds neither e2e_playwright/conftest.py nor conftest.py.` };
  const modules = tests(suite).filter((name) => existsSync(join(suite, appOf(name))));
  return modules.length === 0
    ? { problem: `${suite} holds no test (…_test.py) beside its app.` }
    : { suite, modules };
}

/**
 * @param {string} suite
 * @param {string} [below]
 * @returns {string[]}
 */
function tests(suite, below = "") {
  return readdirSync(join(suite, below), { withFileTypes: true })
    .flatMap((entry) => {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return /^[._]/.test(entry.name) ? [] : tests(suite, name);
      return name.endsWith("_test.py") ? [name] : [];
    })
    .toSorted();
}

/** @param {string} module the name of a test module */
function appOf(module) {
  return module.replace(/_test\.py$/, ".py");
}

/**
 * Gives a Python with Streamlit and what the suite needs, from an environment of its own in the
 * project's root.
 *
 * @param {string | undefined} version of Streamlit, such as "1.57"; the newest by default
 * @returns {{ python: string } | { problem: string }}
 */
export function prepareEnvironment(version) {
  const directory = join(
    root,
    version === undefined ? ".venv-fidelity" : `.venv-fidelity-${version}`,
  );
  const python = pythonOf(directory);
  const packages = [version === undefined ? "streamlit" : `streamlit==${version}.*`, ...PACKAGES];
  if (hasPackages(directory, packages)) return { python };
  const base = findPython();
  if (base === undefined)
    return { problem: `It needs Python ${OLDEST_PYTHON} or newer, with venv.` };
  console.log(`Installing Streamlit and pytest into ${directory} …`);
  return makeEnvironment(base, directory, packages)
    ? { python }
    : { problem: `${directory} could not be made, see above. To begin anew, remove it.` };
}
