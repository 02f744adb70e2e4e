import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compare } from "../../scripts/fidelity/comparison.js";
import { findSuite } from "../../scripts/fidelity/environment.js";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { root } from "./imports.ts";

const directory = useWorkDirectories();

/** Calls the command with arguments that it refuses before it installs anything. */
function refusal(...args: string[]): { status: number | null; error: string } {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/fidelity.js", ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, error: stderr };
}

/**
 * In Python's place: each test has a name that says how it ends. It is told about the gateway as
 * the plugin is.
 */
const STANDS_IN = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const behind = process.env.FIDELITY_GATEWAY !== undefined;
const log = process.env.CALLS;
const asked = process.argv.slice(2).filter((name) => name.includes("_test.py"));
appendFileSync(log, (behind ? "behind " : "direct ") + asked.join(" ") + "\\n");
const all = ["same", "broken", "lost", "shaky", "skipped"].map((name) => "a_test.py::" + name);
const again = readFileSync(log, "utf8").split("\\n").filter((line) => line.startsWith("behind")).length > 1;
const outcome = (name) => {
  if (name.endsWith("skipped")) return "skipped";
  if (name.endsWith("broken") || (name.endsWith("lost") && behind)) return "failed";
  return name.endsWith("shaky") && behind && !again ? "failed" : "passed";
};
const names = asked[0].includes("::") ? asked : all;
const results = Object.fromEntries(names.map((name) => [name, { outcome: outcome(name), why: "because" }]));
writeFileSync(process.env.FIDELITY_RESULTS, JSON.stringify(results));
`;

describe("npm run test:fidelity", () => {
  test("names what is wrong with its arguments", () => {
    const empty = directory({ "x.txt": "" });
    const suite = directory({ "conftest.py": "", "a_test.py": "", "a.py": "" });
    for (const [args, what] of [
      [[], /Which suite\?/],
      [[empty], /holds neither e2e_playwright\/conftest\.py nor conftest\.py/],
      [[join(empty, "none")], /holds neither/],
      [[directory({ "conftest.py": "", "b_test.py": "" })], /holds no test/],
      [[suite, "--only", "^zzz"], /None of 1 modules matches/],
      [[suite, "--only", "("], /Invalid regular expression/],
      [[suite, "--jobs", "x"], /--jobs takes a number/],
      [[suite, "--what"], /--what/],
    ] as const) {
      const { status, error } = refusal(...args);
      assert.equal(status, 2, error);
      assert.match(error, what);
      assert.match(error, /npm run test:fidelity -- DIR/);
    }
  });

  test("finds the suite in a source tree and by itself, with modules in its folders", () => {
    const files = {
      "conftest.py": "",
      "b_test.py": "",
      "b.py": "",
      "m/a_test.py": "",
      "m/a.py": "",
      "no_app_test.py": "",
    };
    const inTree = Object.entries(files).map(([name, text]) => [`e2e_playwright/${name}`, text]);
    for (const [path, suite] of [
      [directory(files), ""],
      [directory(Object.fromEntries(inTree) as Record<string, string>), "e2e_playwright"],
    ] as const)
      assert.deepEqual(findSuite(path), {
        suite: join(path, suite),
        modules: ["b_test.py", "m/a_test.py"],
      });
  });

  test("counts what passes direct and fails behind, twice, and nothing else", async (t) => {
    const suite = directory();
    const python = join(suite, "python.cjs");
    writeFileSync(python, STANDS_IN);
    chmodSync(python, 0o755);
    const calls = join(suite, "calls");
    writeFileSync(calls, "");
    process.env["CALLS"] = calls;
    t.after(() => delete process.env["CALLS"]);
    t.mock.method(console, "log", () => {});
    const results = await compare({ suite, python, chromium: "none" }, ["a_test.py"], 2);
    assert.deepEqual(results, {
      modules: 1,
      direct: 3,
      behind: 2,
      failedDirect: 1,
      skipped: 1,
      differences: [{ test: "a_test.py::lost", why: "because" }],
    });
  });
});
