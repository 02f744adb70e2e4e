import assert from "node:assert/strict";
import { test } from "node:test";
import { allModules, namedModules, skipped, startPython } from "./modules.ts";

test("each Python test is a test with its name as a sentence, and its outcome", async (t) => {
  const skip = skipped();
  if (skip !== false) return t.skip(skip);
  const python = await startPython(["sample_outcomes"]);
  const skips: string[] = [];
  const outcomes: Record<string, string> = {};
  for (const { id, name } of python.tests) {
    skips.length = 0;
    const context = { skip: (reason?: string) => void skips.push(reason ?? "") };
    outcomes[name] = await python.run(id, context).then(
      () => (skips.length === 0 ? "passed" : `skipped: ${skips.join()}`),
      (error: unknown) => String(error),
    );
  }
  const { [`Outcomes: 2 fails`]: fails = "", ...others } = outcomes;
  assert.match(fails, /sample_outcomes\.py", line \d+, in test_2_fails/);
  assert.match(fails, /AssertionError: 2 != 3/);
  assert.match(fails, /printed before the failure/);
  const subtests = others["Outcomes: 3 has subtests that fail"] ?? "";
  for (const number of [1, 3])
    assert.match(subtests, new RegExp(`\\[odd\\] \\(number=${number}\\)`));
  assert.doesNotMatch(subtests, /number=2|what a test prints|printed before/);
  assert.equal(others["Outcomes: 1 passes"], "passed");
  assert.equal(others["Outcomes: 4 is skipped"], "skipped: there is a reason");
  assert.match(others["Outcomes: 5 passes unexpectedly"] ?? "", /marked as one that fails/);
  assert.equal(others["Outcomes: 6 comes after all that and passes"], "passed");
  const hypothesis = others["Outcomes: 7 hypothesis has no deadline and repeats its examples"];
  assert.match(hypothesis ?? "", /^passed$|needs hypothesis/);
  assert.match(others["Unprepared: 1 cannot run"] ?? "", /the preparation fails/);
  const last = others["Zapped: 1 ends the process"] ?? "";
  assert.match(last, /Python ended with code 3/);
  assert.match(last, /the last words/);
  assert.match(others["Zapped: 2 finds no process"] ?? "", /Python ended with code 3/);
  assert.equal(Object.keys(outcomes).length, 10);
  await python.end();
});

test("test files run by name only Python modules that are there, and each one once", () => {
  const [all, named] = [new Set(allModules()), namedModules()];
  assert.deepEqual(
    named.filter((name) => !all.has(name)),
    [],
  );
  assert.equal(new Set(named).size, named.length, named.join(", "));
  // The others, test/python/python.test.ts runs without naming them.
  assert.ok(named.includes("test_types") && !named.includes("test_bounds"), named.join(", "));
});
