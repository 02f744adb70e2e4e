import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/project.js";

/**
 * The platforms of the wheel, as lmdb names them, and the binaries that Node loads there: those for
 * Node-API serve every version of Node.
 */
const BINARIES = /** @type {const} */ ({
  "linux-x64": ["node.napi.glibc.node", "node.napi.musl.node"],
  "linux-arm64": ["node.napi.glibc.node", "node.napi.musl.node"],
  "darwin-x64": ["node.napi.node"],
  "darwin-arm64": ["node.napi.node"],
  "win32-x64": ["node.napi.node"],
});

/**
 * Puts LMDB's compiled binaries for every platform of the wheel into `node_modules/@lmdb`. They
 * come from npm, in the version and with the checksum of package-lock.json, and stay in
 * `.cache/wheel` for the next time.
 *
 * @param {string} directory where `node_modules` is
 * @param {string} work where they are unpacked
 * @returns {string[]} the directories of the unpacked packages
 */
export function copyBinaries(directory, work) {
  return Object.entries(BINARIES).map(([platform, files]) => {
    const name = `@lmdb/lmdb-${platform}`;
    const unpacked = unpack(name, work);
    for (const file of ["package.json", "index.js", ...files])
      cpSync(join(unpacked, file), join(directory, "node_modules", name, file));
    return unpacked;
  });
}

/**
 * @param {string} name of a package that package-lock.json names
 * @param {string} work
 */
function unpack(name, work) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const cache = join(root, ".cache/wheel");
  const file = join(cache, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(file) || integrityOf(file) !== integrity) {
    const args = ["pack", `${name}@${version}`, "--pack-destination", cache, "--silent"];
    run("npm", args, "The binaries of LMDB come from the npm registry, which has to be reachable.");
  }
  if (integrityOf(file) !== integrity) {
    rmSync(file);
    throw new Error(`${name}@${version} has another checksum than package-lock.json says.`);
  }
  const unpacked = join(work, name);
  mkdirSync(unpacked, { recursive: true });
  run("tar", ["-xzf", file, "-C", unpacked, "--strip-components=1"], "tar has to be installed.");
  return unpacked;
}

/** @param {string} file */
function integrityOf(file) {
  return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} remedy
 */
function run(program, args, remedy) {
  const { status, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0)
    throw new Error(
      `${program} ${args[0]} failed. ${remedy}\n${stderr ?? ""}${error?.message ?? ""}`,
    );
}
