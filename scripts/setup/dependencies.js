import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.js";

/** @typedef {{ version?: string, optional?: boolean }} Entry */

/**
 * Installs the packages that package-lock.json names, if they are not there yet. Everything else in
 * `scripts/` may only use what Node itself brings until this has been called.
 */
export function ensureDependencies() {
  if (dependenciesAreCurrent()) return;
  console.log("Installing the development dependencies (npm ci) …");
  const result = spawnSync("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  console.error(
    `npm ci failed${result.error === undefined ? "" : ` (${result.error.message})`}. ` +
      "It needs npm and a reachable package registry; run it by hand to see more.",
  );
  process.exit(1);
}

/**
 * Whether what is installed is what the lockfile asks for. npm leaves its own list of what it
 * installed in node_modules, at the end of every installation, so a half-finished one counts as
 * missing.
 */
function dependenciesAreCurrent() {
  const wanted = readPackages("package-lock.json");
  const installed = readPackages("node_modules/.package-lock.json");
  if (wanted === undefined || installed === undefined) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    // Binaries of other platforms are optional and rightly absent.
    if (found === undefined ? entry.optional !== true : found.version !== entry.version) {
      return false;
    }
  }
  return true;
}

/**
 * @param {string} file
 * @returns {Record<string, Entry> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}
