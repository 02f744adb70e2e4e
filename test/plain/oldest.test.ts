import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { prepareOldestStreamlit } from "../../scripts/setup/streamlit.js";
import { root } from "../project/imports.ts";
import { typescript } from "../support/typescript.ts";

/** The runner of the tests inside must not take itself for a part of this one. */
const INSIDE = { NODE_TEST_CONTEXT: undefined };

test("what holds in a browser holds on the oldest Streamlit that is supported, too", async () => {
  const { python, problem } = prepareOldestStreamlit();
  assert.ok(python !== undefined, problem);
  const { code, printed } = await run(python, "test/plain/browser.test.ts");
  assert.equal(code, 0, printed);
  assert.match(printed, /^# pass [1-9]/m);
});

async function run(python: string, file: string): Promise<{ code: number; printed: string }> {
  const env = { ...process.env, ...INSIDE, PERSIST_TEST_PYTHON: python };
  const args = [...typescript, "--test", "--test-reporter=tap", file];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, printed: stdout + stderr }),
    );
  });
}
