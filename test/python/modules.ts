import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Python with Streamlit in it: the one named by the environment, or the project's own virtual environment. */
const PYTHON = process.env["PERSIST_TEST_PYTHON"] ?? join(ROOT, ".venv", "bin", "python");

/** Runs one Python test module as a test of its own, and shows what it printed when it fails. */
export function testModule(name: string, timeout = 120_000): void {
  const skip = existsSync(PYTHON) ? false : "there is no Python environment (.venv)";
  test(`python: ${name}`, { skip, timeout: timeout + 5_000 }, async () => {
    try {
      await run(PYTHON, ["-X", "dev", "-W", "ignore", "-m", "unittest", `tests.${name}`], {
        cwd: join(ROOT, "python"),
        timeout,
        maxBuffer: 16 * 1024 * 1024,
      });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`python -m unittest tests.${name} failed:\n${stdout}${stderr}`, {
        cause: error,
      });
    }
  });
}
