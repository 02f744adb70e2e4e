import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { PersistError } from "../../errors.ts";
import { wheelOf } from "./wheel.ts";

/** A Python, and what named it, for messages. */
export interface FoundPython {
  /** The program, to be started. */
  readonly program: string;
  /**
   * `--python`, `pip` (that of the wheel), `VIRTUAL_ENV`, `CONDA_PREFIX`, `.venv` (of the script or
   * the working directory) or `PATH`.
   */
  readonly source: "--python" | "pip" | "VIRTUAL_ENV" | "CONDA_PREFIX" | ".venv" | "PATH";
}

export interface PythonSearch {
  /** The option `--python`: a program, or the directory of a virtual environment. */
  readonly python?: string | undefined;
  /** The app's script. */
  readonly script: string;
  readonly cwd: string;
  readonly env: { readonly [name: string]: string | undefined };
}

/**
 * Finds the Python for an app: that of the option; else the one whose pip installed this command
 * beside the app; else of the active virtual or conda environment; else of a `.venv` beside the
 * script, as uv makes it; else of a `.venv` in the working directory; else the one in which uvx or
 * pipx put this command, which has a Streamlit; else `python3`.
 *
 * @throws PersistError `ERR_PYTHON_MISSING`
 */
export function findPython(search: PythonSearch): FoundPython {
  const { python, script, cwd, env } = search;
  if (python !== undefined) {
    const path = resolve(cwd, python);
    const named = isDirectory(path) ? inEnvironment(path) : path;
    const program = [named, ...onPath(python, env)].find((name) => isProgram(name));
    if (program !== undefined) return { program, source: "--python" };
    throw new PersistError(
      "ERR_PYTHON_MISSING",
      `There is no Python at ${python}. Give --python a program or the directory of a virtual environment.`,
    );
  }
  const wheel = wheelOf(env);
  if (wheel?.isolated === false) return { program: wheel.python, source: "pip" };
  const active = env["VIRTUAL_ENV"];
  if (active !== undefined && active !== "" && isProgram(inEnvironment(active)))
    return { program: inEnvironment(active), source: "VIRTUAL_ENV" };
  const conda = env["CONDA_PREFIX"];
  // Shells often activate "base" by default, so it says nothing about this app.
  if (conda !== undefined && conda !== "" && env["CONDA_DEFAULT_ENV"] !== "base") {
    const program = process.platform === "win32" ? join(conda, "python.exe") : inEnvironment(conda);
    if (isProgram(program)) return { program, source: "CONDA_PREFIX" };
  }
  for (const directory of [dirname(resolve(cwd, script)), cwd]) {
    const program = inEnvironment(join(directory, ".venv"));
    if (isProgram(program)) return { program, source: ".venv" };
  }
  if (wheel !== undefined) return { program: wheel.python, source: "pip" };
  const program = ["python3", "python"]
    .flatMap((name) => onPath(name, env))
    .find((path) => isProgram(path));
  if (program !== undefined) return { program, source: "PATH" };
  throw new PersistError(
    "ERR_PYTHON_MISSING",
    "No Python was found. Install Python 3.10 or newer (https://www.python.org/downloads), or name one by --python.",
  );
}

/** Whether a command of this name can be started. */
export function isCommand(name: string, env: PythonSearch["env"]): boolean {
  return onPath(name, env).some((path) => isProgram(path));
}

function inEnvironment(directory: string): string {
  return process.platform === "win32"
    ? join(directory, "Scripts", "python.exe")
    : join(directory, "bin", "python");
}

function onPath(name: string, env: PythonSearch["env"]): string[] {
  if (isAbsolute(name) || name.includes("/")) return [];
  const ending = process.platform === "win32" ? ".exe" : "";
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, `${name}${ending}`));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
