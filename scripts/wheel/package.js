import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  findPython,
  hasPackages,
  makeEnvironment,
  OLDEST_PYTHON,
  pythonOf,
} from "../setup/python.js";
import { root } from "../setup/project.js";

// Files in an archive have a time. A fixed one makes two builds of the same sources equal.
const SOURCE_DATE_EPOCH = "1580601600";

/**
 * Builds the sdist of a directory, and the wheel from what is in the sdist: so the one always gives
 * the other.
 *
 * @param {string} directory with a pyproject.toml
 * @param {string} work where the sdist is unpacked
 * @param {string} target where the two files go
 * @returns {string[]} the paths of sdist and wheel
 */
export function packagePython(directory, work, target) {
  const python = builder(directory);
  mkdirSync(target, { recursive: true });
  const sdist = build(python, directory, "sdist", target);
  const unpacked = join(work, "sdist");
  mkdirSync(unpacked);
  run("tar", ["-xzf", sdist, "-C", unpacked, "--strip-components=1"], unpacked);
  return [sdist, build(python, unpacked, "wheel", target)];
}

/**
 * @param {string} python
 * @param {string} directory
 * @param {"sdist" | "wheel"} kind
 * @param {string} target
 */
function build(python, directory, kind, target) {
  const before = new Set(readdirSync(target));
  run(python, ["-m", "hatchling", "build", "-t", kind, "-d", target], directory);
  const [made] = readdirSync(target).filter((file) => !before.has(file));
  if (made === undefined) throw new Error(`The build backend wrote no ${kind}.`);
  return join(target, made);
}

/**
 * A Python with the build backend that pyproject.toml asks for, in an environment of its
 * own. @param {string} directory
 */
function builder(directory) {
  const project = readFileSync(join(directory, "pyproject.toml"), "utf8");
  const backend = /^requires = \["(hatchling==[\d.]+)"\]$/m.exec(project)?.[1];
  if (backend === undefined) throw new Error("python/pyproject.toml pins no hatchling.");
  const environment = join(root, ".cache/wheel", backend.replace("==", "-"));
  const python = pythonOf(environment);
  if (hasPackages(environment, [backend])) return python;
  const base = findPython();
  if (base === undefined)
    throw new Error(`The wheel is packed by Python ${OLDEST_PYTHON} or newer, which is not there.`);
  if (!makeEnvironment(base, environment, [backend]))
    throw new Error(`${backend} could not be installed into ${environment}, see above.`);
  return python;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function run(program, args, cwd) {
  const env = { ...process.env, SOURCE_DATE_EPOCH };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")} failed.\n${stdout ?? ""}${stderr ?? ""}`);
}
