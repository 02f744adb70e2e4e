import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

// Python with Streamlit in it: the one named by the environment, or the project's own virtual environment.
const PYTHON = process.env["PERSIST_TEST_PYTHON"] ?? join(ROOT, ".venv", "bin", "python");

/** Why Python's tests cannot run here, or false. */
export function skipped(): string | false {
  return existsSync(PYTHON) ? false : "there is no Python environment (.venv)";
}

/** Runs one Python test module, and shows what it printed when it fails. */
export async function runModule(name: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  try {
    await run(PYTHON, ["-X", "dev", "-W", "ignore", "-m", "unittest", `tests.${name}`], {
      cwd: join(ROOT, "python"),
      env: { ...process.env, ...environment },
      timeout: 110_000,
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    // The cause would say all of it once more.
    // oxlint-disable-next-line preserve-caught-error
    throw new Error(`python -m unittest tests.${name} failed:\n${stdout}${stderr}`);
  }
}

/** Runs one Python test module as a test of its own. */
export function testModule(name: string): void {
  test(`python: ${name}`, { skip: skipped(), timeout: 120_000 }, async () => await runModule(name));
}
