import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { parseTestArguments } from "../../scripts/setup/test-arguments.js";
import { root } from "./imports.ts";

const FILE = "test/session/duration.test.ts";
const NAME =
  "parseDuration() gives milliseconds when the value is a number of seconds or has a unit";

/** `npm test`, with these arguments. */
function testCommand(...args: string[]): { status: number | null; output: string } {
  // Node's runner does nothing in a process that it takes for one of its own tests.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/test.js", ...args], {
    cwd: root,
    encoding: "utf8",
    env,
  });
  return { status, output: stdout + stderr };
}

test("npm test keeps an option and its value together, wherever they stand between the files", () => {
  const pattern = "--test-name-pattern=a b";
  const expected = { paths: ["x", "y"], options: [pattern, "--test-only"] };
  const calls = [
    ["x", "--test-name-pattern", "a b", "--test-only", "y"],
    ["--test-name-pattern", "a b", "x", "y", "--test-only"],
    ["x", "y", pattern, "--test-only"],
  ];
  for (const args of calls) assert.deepEqual(parseTestArguments(args), expected);
  assert.deepEqual(parseTestArguments(["-C", "dev", "x"]).options, ["-C", "dev"]);
  assert.deepEqual(parseTestArguments(["--test-only", "--", "--x"]).paths, ["--x"]);
});

test("npm test -- FILE --test-name-pattern runs that file's tests of this name, and no other program", () => {
  for (const args of [
    [FILE, "--test-name-pattern", "has a unit"],
    ["--test-name-pattern=has a unit", FILE],
  ]) {
    const { status, output } = testCommand(...args);
    assert.equal(status, 0, output);
    assert.ok(output.includes(`✔ ${NAME}`), output);
    assert.match(output, /^ℹ pass 1$/m);
    assert.match(output, /^ℹ fail 0$/m);
    assert.doesNotMatch(output, /fixtures|any-port/);
  }
});

test("npm test says what is wrong, and runs nothing, when a path matches no test or a value is missing", () => {
  const unknown = testCommand(FILE, "has a unit");
  assert.equal(unknown.status, 1);
  assert.match(unknown.output, /^No test file matches has a unit\./m);
  assert.doesNotMatch(unknown.output, /ℹ tests/);
  const missing = testCommand(FILE, "--test-name-pattern");
  assert.equal(missing.status, 1);
  assert.match(missing.output, /^--test-name-pattern needs a value\./m);
});

test("npm test -- --times reports what a file took, also if its tests are written in another", () => {
  const file = "test/store/memory-contract.test.ts";
  const { status, output } = testCommand(file, "--times");
  assert.equal(status, 0, output);
  assert.match(output, /^ +\d+\.\d +\d+\.\d {2}test\/store\/memory-contract\.test\.ts$/m);
  assert.match(output, /^ +\d+\.\d +\d+\.\d {2}all 1 files$/m);
});
