import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL(".", import.meta.url));

/** Installs what the bench compares with (bench/package-lock.json), if it is not there yet. */
export function installPeers(log: (line: string) => void): void {
  const lockfile = `${directory}package-lock.json`;
  const installed = `${directory}node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return;
  log("installing the peers (npm ci in bench/)");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: directory,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (result.status !== 0) throw new Error(`npm ci failed in bench/:\n${result.stderr}`);
}

/** The versions that are installed, by name. */
export function peerVersions(): Record<string, string> {
  const wanted = JSON.parse(readFileSync(`${directory}package.json`, "utf8")) as {
    dependencies: Record<string, string>;
  };
  return wanted.dependencies;
}
