import { spawnSync } from "node:child_process";
import { test, type TestContext } from "node:test";
import { testPython } from "./test-python.ts";

/**
 * `test` for what needs a newer Streamlit than some that are supported: with an older one the test
 * is skipped, and does not run. Node runs a test that `beforeEach` skips, and passes over its
 * failure.
 *
 * @param minor - of the first version 1.x that has it
 */
export function testSince(
  minor: number,
): (name: string, fn: (t: TestContext) => Promise<void>) => void {
  const script = "from importlib.metadata import version; print(version('streamlit'))";
  const { stdout } = spawnSync(testPython(), ["-c", script], { encoding: "utf8" });
  const installed = Number(/^1\.(\d+)/.exec(stdout)?.[1]);
  if (Number.isNaN(installed)) throw new Error(`Streamlit's version is not known: ${stdout}`);
  const skip = installed < minor && `this needs Streamlit 1.${minor}`;
  return (name, fn) => void test(name, { skip }, fn);
}
