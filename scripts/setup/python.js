import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest Python that the binding supports. */
export const OLDEST_PYTHON = "3.10";

/**
 * Says by its exit code whether an interpreter can make what we need; `venv` alone may be there
 * without its pip.
 */
const SUITABLE =
  "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (3, 10) or sys.implementation.name != 'cpython')";

/**
 * Says by its exit code whether an environment's interpreter starts and finds what was installed
 * for it: the one it was made from may have been removed since, or be another version by now.
 */
const WORKS =
  "import os, sys, sysconfig; sys.exit(sys.version_info < (3, 10) or not os.path.isdir(sysconfig.get_path('purelib')))";

/**
 * The first Python in PATH that is new enough and can make virtual environments: plain `python3`
 * before those with a version in their name, of which the newest come first.
 *
 * @returns {string | undefined} its path
 */
export function findPython() {
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "");
  const versions = [15, 14, 13, 12, 11, 10].map((minor) => `python3.${minor}`);
  const suffix = process.platform === "win32" ? ".exe" : "";
  return ["python3", ...versions, "python"]
    .flatMap((name) => directories.map((directory) => join(directory, name + suffix)))
    .find((path) => existsSync(path) && spawnSync(path, ["-I", "-c", SUITABLE]).status === 0);
}

/**
 * Whether the environment is of use and make_venv.py has installed all of that in it. Each
 * requirement is compared as text, so one that has changed counts as missing. It costs the start of
 * a Python, and nothing if there is no environment.
 *
 * @param {string} directory of the virtual environment
 * @param {readonly string[]} requirements as pip takes them
 */
export function hasPackages(directory, requirements) {
  const installed = readInstalled(directory);
  return (
    requirements.every((requirement) => installed.includes(requirement)) &&
    spawnSync(pythonOf(directory), ["-I", "-c", WORKS]).status === 0
  );
}

/** @param {string} directory */
function readInstalled(directory) {
  try {
    return readFileSync(join(directory, ".installed"), "utf8").split("\n");
  } catch {
    return [];
  }
}

/**
 * Makes or completes an environment.
 *
 * @param {string} base the Python to make it from
 * @param {string} directory
 * @param {readonly string[]} requirements as pip takes them
 * @returns {boolean} whether all is there; else it has been said why not
 */
export function makeEnvironment(base, directory, requirements) {
  const program = fileURLToPath(new URL("make_venv.py", import.meta.url));
  const { status } = spawnSync(base, ["-I", program, directory, ...requirements], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status === 0;
}

/** @param {string} directory of a virtual environment */
export function pythonOf(directory) {
  return join(directory, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}
