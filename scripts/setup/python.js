import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The oldest Python that the binding supports. */
export const OLDEST_PYTHON = "3.10";

/**
 * Says by its exit code whether an interpreter can make what we need; `venv` alone may be there
 * without its pip.
 */
const SUITABLE =
  "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (3, 10) or sys.implementation.name != 'cpython')";

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
    .find((path) => existsSync(path) && spawnSync(path, ["-c", SUITABLE]).status === 0);
}

/**
 * Whether every package is wholly installed in the environment. Only looks at directories, so that
 * it costs nothing: pip writes a package's RECORD last, and installs what a package needs before
 * the package.
 *
 * @param {string} directory of the virtual environment
 * @param {readonly string[]} packages
 */
export function hasPackages(directory, packages) {
  if (!existsSync(pythonOf(directory))) return false;
  const places = sitePackages(directory);
  return packages.every((name) =>
    places.some(({ path, entries }) => {
      const wanted = normalized(name);
      const info = entries.find(
        (entry) => entry.endsWith(".dist-info") && normalized(entry.split("-")[0] ?? "") === wanted,
      );
      return info !== undefined && existsSync(join(path, info, "RECORD"));
    }),
  );
}

/** @param {string} directory of a virtual environment */
export function pythonOf(directory) {
  return join(directory, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}

/**
 * @param {string} directory
 * @returns {{ path: string, entries: string[] }[]}
 */
function sitePackages(directory) {
  const library = join(directory, process.platform === "win32" ? "Lib" : "lib");
  if (!existsSync(library)) return [];
  const parents = process.platform === "win32" ? [""] : readdirSync(library);
  return parents
    .map((parent) => join(library, parent, "site-packages"))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, entries: readdirSync(path) }));
}

/** A package's name as the index compares names. @param {string} name */
function normalized(name) {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}
