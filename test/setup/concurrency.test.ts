import assert from "node:assert/strict";
import { test } from "node:test";
import { testConcurrency } from "../../scripts/setup/concurrency.js";
import { useWorkDirectories } from "../cli/work-directory.ts";

const directory = useWorkDirectories();
const GB = 2 ** 30;

test("as many test files run at a time as the processors and the memory bear", () => {
  const root = directory();
  const files = (processors: number, memory: number) =>
    testConcurrency({ processors, memory: memory * GB, root });
  assert.equal(files(1, 64), 3);
  assert.equal(files(2, 64), 3);
  assert.equal(files(6, 64), 7);
  assert.equal(files(64, 256), 12);
  assert.equal(files(8, 8), 5);
  assert.equal(files(2, 1), 1);
  assert.ok(testConcurrency() >= 1);
});

test("a container's share of the processors counts, not what its machine has", () => {
  const files = (limits: Record<string, string>) => {
    const written = Object.entries(limits).map(([name, text]) => [`sys/fs/cgroup/${name}`, text]);
    const root = directory(Object.fromEntries(written) as Record<string, string>);
    return testConcurrency({ processors: 8, memory: 64 * GB, root });
  };
  assert.equal(files({ "cpu.max": "400000 100000\n" }), 5);
  assert.equal(files({ "cpu.max": "250000 100000\n" }), 4);
  assert.equal(files({ "cpu.max": "50000 100000\n" }), 3);
  assert.equal(files({ "cpu.max": "max 100000\n" }), 9);
  assert.equal(
    files({ "cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n" }),
    5,
  );
  assert.equal(files({ "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n" }), 9);
});
