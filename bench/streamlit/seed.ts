import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/python.js";
import type { Pythons } from "./variants.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGE = "streamlit-persist-session";

/**
 * A Python with the seed package: installed into an environment of its own, since ours has a
 * package of the same name. Else its sources from a directory that is given. It is not part of this
 * project.
 */
export function findSeed(
  ours: string,
  given: string | undefined,
  log: (line: string) => void,
): Pythons["seed"] {
  if (given !== undefined) {
    if (!existsSync(join(given, "streamlit_persist_session")))
      throw new Error(`There is no streamlit_persist_session in ${given}.`);
    return { python: ours, path: given };
  }
  const directory = join(root, ".venv-seed");
  const python = pythonOf(directory);
  const has = (): boolean =>
    spawnSync(python, ["-c", "import streamlit_persist_session"]).status === 0;
  if (has()) return { python };
  log(`installing ${PACKAGE} into .venv-seed`);
  const pip = (...args: string[]) =>
    spawnSync(python, ["-m", "pip", "install", "--quiet", ...args], { encoding: "utf8" });
  spawnSync(ours, ["-m", "venv", directory]);
  pip("streamlit", "streamlit-cookies-controller");
  // Its own bound on Python is stricter than what it needs, which is installed by now.
  const installed = pip("--no-deps", "--ignore-requires-python", `${PACKAGE}==0.1.0`);
  if (installed.status === 0 && has()) return { python };
  log(`${PACKAGE} is not available: ${installed.stderr?.trim().split("\n").at(-1) ?? ""}`);
  return undefined;
}
