import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Whether packages can be installed without asking. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version");
}

/**
 * Installs packages of Debian or Ubuntu. One that the distribution does not have would keep all
 * others out, so each is then tried alone.
 *
 * @param {readonly string[]} packages
 * @param {(args: readonly string[]) => boolean} [aptGet] runs apt-get; whether it succeeded
 */
export function installDebianPackages(packages, aptGet = runAptGet) {
  if (packages.length === 0) return;
  // It may fail for a source that none of them needs.
  aptGet(["update"]);
  const install = ["install", "-y", "--no-install-recommends"];
  if (aptGet([...install, ...packages]) || packages.length === 1) return;
  for (const name of packages) aptGet([...install, name]);
}

/** @param {readonly string[]} args */
function runAptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const result = spawnSync("apt-get", ["-q", ...args], { env, encoding: "utf8" });
  if (result.status === 0) return true;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  console.error(`apt-get ${args.join(" ")} failed.`);
  return false;
}
