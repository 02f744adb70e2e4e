import { execFile } from "node:child_process";
import { PersistError } from "../../errors.ts";
import { type FoundPython, isCommand, type PythonSearch } from "./find-python.ts";

const OLDEST_PYTHON = "3.10";
const OLDEST_STREAMLIT = "1.45";
const TIMEOUT = 30_000;

// Reads the version from the installed package's metadata: importing Streamlit takes a second.
const QUESTION = `
import json, sys
try:
    from importlib.metadata import version
    streamlit = version("streamlit")
except Exception:
    streamlit = None
try:
    from importlib.util import find_spec
    pip = find_spec("pip") is not None
except Exception:
    pip = False
try:
    clash = bool(version("persist-session") and version("streamlit-persist-session"))
except Exception:
    clash = False
print(json.dumps({"python": "%d.%d.%d" % sys.version_info[:3], "streamlit": streamlit, "pip": pip, "clash": clash}))
`;

interface Answer {
  readonly python: string;
  readonly streamlit: string | null;
  readonly pip: boolean;
  /** Whether the package streamlit-persist-session is installed beside ours. */
  readonly clash: boolean;
}

/**
 * Makes sure that this Python has a Streamlit that we can run.
 *
 * @throws PersistError `ERR_PYTHON_MISSING` if it is too old or does not start,
 *   `ERR_STREAMLIT_MISSING` if Streamlit is missing or too old, `ERR_PACKAGE_CONFLICT` if the
 *   package that ours replaces is installed too; the message holds the command that fixes it
 */
export async function checkPython(found: FoundPython, env: PythonSearch["env"]): Promise<void> {
  const { python, streamlit, pip, clash } = await ask(found);
  if (isOlder(python, OLDEST_PYTHON)) {
    throw new PersistError(
      "ERR_PYTHON_MISSING",
      `Python ${python} (${found.program}) is too old: ${OLDEST_PYTHON} or newer is needed. Name another by --python.`,
    );
  }
  if (streamlit === null) {
    throw new PersistError(
      "ERR_STREAMLIT_MISSING",
      `Streamlit is not installed for ${found.program} (found by ${found.source}). Run: ${installation(found, pip, env)}`,
    );
  }
  if (isOlder(streamlit, OLDEST_STREAMLIT)) {
    throw new PersistError(
      "ERR_STREAMLIT_MISSING",
      `Streamlit ${streamlit} is too old: ${OLDEST_STREAMLIT} or newer is needed. Run: ${installation(found, pip, env)}`,
    );
  }
  if (clash) {
    const command = pipOf(found, pip);
    throw new PersistError(
      "ERR_PACKAGE_CONFLICT",
      `streamlit-persist-session is installed for ${found.program} beside persist-session, which holds a package of that name: each has overwritten files of the other. ` +
        `Run: ${command} uninstall streamlit-persist-session, then: ${command} install --force-reinstall --no-deps persist-session`,
    );
  }
}

async function ask(found: FoundPython): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    execFile(
      found.program,
      ["-c", QUESTION],
      { timeout: TIMEOUT, encoding: "utf8" },
      (error, stdout) => {
        const answer = error === null ? parseAnswer(stdout) : undefined;
        if (answer !== undefined) resolve(answer);
        else {
          reject(
            new PersistError(
              "ERR_PYTHON_MISSING",
              `${found.program} (found by ${found.source}) does not run as a Python. Name another by --python.`,
              { cause: error },
            ),
          );
        }
      },
    );
  });
}

function parseAnswer(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

/** The start of a command of pip. */
function pipOf({ program }: FoundPython, pip: boolean): string {
  return pip ? `${program} -m pip` : "uv pip";
}

/** The command that installs the newest Streamlit. */
function installation(found: FoundPython, pip: boolean, env: PythonSearch["env"]): string {
  const uv = isCommand("uv", env);
  // A system's Python often refuses pip, for good reason.
  if (found.source === "PATH") {
    return uv
      ? "uv venv && uv pip install -U streamlit"
      : "python3 -m venv .venv && .venv/bin/python -m pip install -U streamlit";
  }
  if (pip) return `${found.program} -m pip install -U streamlit`;
  return uv
    ? `uv pip install --python ${found.program} -U streamlit`
    : `${found.program} -m ensurepip && ${found.program} -m pip install -U streamlit`;
}

/**
 * Whether `version` comes before `least`. Parts that are not numbers (`1.45.0rc1`) do not count.
 */
function isOlder(version: string, least: string): boolean {
  const have = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  for (const [i, wanted] of least.split(".").map(Number).entries()) {
    const part = have[i] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
