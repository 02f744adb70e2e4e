// Projects with a lock file of their own, which are no part of this one: those that
// `npm run test:web` builds, and the examples on web frameworks.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "./project.js";

/** The oldest Node that all frameworks take. */
const NEWER_NODE = 24;

/** What a project has of its dependencies, and must stay when its sources are put in anew. */
const KEPT = /^(node_modules|package.*\.json|installed|built)$/;

/** What a framework leaves in a directory in which it was run by hand. */
const MADE = /^(node_modules|build|next-env\.d\.ts|\..*|.*\.tsbuildinfo)$/;

/**
 * Installs what a project's lock file names into another directory; again after the lock file has
 * changed.
 *
 * @param {string} source
 * @param {string} directory
 */
export async function installProject(source, directory) {
  const lock = await readFile(join(source, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  const marker = join(directory, "installed");
  if ((await readFile(marker, "utf8").catch(() => "")) === wanted) return;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    await cp(join(source, file), join(directory, file));
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--force"];
  await runQuietly(directory, "npm", ["ci", ...flags]);
  await writeFile(marker, wanted);
}

/**
 * Replaces the sources of an installed project, and names this package among its dependencies:
 * bundlers leave out of a bundle what package.json names, and a lock file cannot name a package
 * that is not published yet.
 *
 * @param {string} source
 * @param {string} directory
 */
export async function putSources(source, directory) {
  for (const file of await readdir(directory)) {
    if (!KEPT.test(file)) await rm(join(directory, file), { recursive: true, force: true });
  }
  for (const file of await sourcesOf(source)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await cp(join(source, file), join(directory, file));
  }
  const manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  manifest.dependencies = { ...manifest.dependencies, "persist-session": "*" };
  await writeFile(join(directory, "package.json"), JSON.stringify(manifest, undefined, 2));
}

/**
 * The files of a project that are not generated, as paths below it.
 *
 * @param {string} directory
 * @returns {Promise<string[]>}
 */
async function sourcesOf(directory) {
  const found = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (MADE.test(entry.name)) continue;
    if (entry.isFile()) found.push(entry.name);
    else if (entry.isDirectory())
      for (const file of await sourcesOf(join(directory, entry.name)))
        found.push(join(entry.name, file));
  }
  return found.toSorted();
}

/**
 * A text that is another one as soon as a file of this package or of the directories has changed.
 *
 * @param {string[]} directories
 */
export async function fingerprint(...directories) {
  const hash = createHash("sha256").update(await readFile(join(root, "package.json")));
  for (const directory of [join(root, "src"), ...directories]) {
    for (const file of await sourcesOf(directory))
      hash.update(`${file}\n`).update(await readFile(join(directory, file)));
  }
  return hash.digest("hex");
}

/**
 * A Node new enough for frameworks that want more than the oldest we support: the one that runs, or
 * the one from npm.
 */
export async function newerNode() {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major >= NEWER_NODE) return process.execPath;
  const directory = join(root, ".cache/web/node");
  await installProject(join(root, "test/web/projects/node"), directory);
  return join(directory, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
}

/**
 * Puts this package there, compiled as it is published.
 *
 * @param {string} place
 */
export async function putPackage(place) {
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  const tsc = join(root, "node_modules/.bin/tsc");
  for (const project of ["tsconfig.build.json", "src/client"])
    await runQuietly(root, tsc, ["-p", project, "--outDir", join(place, "dist")]);
  await cp(join(root, "package.json"), join(place, "package.json"));
}

/**
 * Runs a program as if started by hand: what npm and the test runner put into the environment does
 * not reach it.
 *
 * @param {string} cwd
 * @param {string} file
 * @param {readonly string[]} args
 * @throws Error with everything that it printed, if it fails
 */
export async function runQuietly(cwd, file, args) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_(?!EXTRA_CA))/.test(name)),
  );
  const shell = process.platform === "win32" && file === "npm";
  const child = spawn(file, args, { cwd, env, shell, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (/** @type {string} */ part) => (printed += part));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${[file, ...args].join(" ")} failed\n${printed}`);
}
