import assert from "node:assert/strict";
import { test } from "node:test";
import { installDebianPackages } from "../../scripts/setup/debian.js";

const INSTALL = ["install", "-y", "--no-install-recommends"];

/** What apt-get is asked for on a machine whose distribution lacks some packages. */
function asked(packages: readonly string[], absent: readonly string[]): string[][] {
  const calls: string[][] = [];
  installDebianPackages(packages, (args) => {
    calls.push([...args]);
    return !args.some((arg) => absent.includes(arg));
  });
  return calls;
}

test("packages are installed at once, and each alone if the distribution lacks one of them", () => {
  assert.deepEqual(asked([], []), []);
  assert.deepEqual(asked(["a", "b"], []), [["update"], [...INSTALL, "a", "b"]]);
  assert.deepEqual(asked(["a"], ["a"]), [["update"], [...INSTALL, "a"]]);
  assert.deepEqual(asked(["a", "b", "c"], ["b"]), [
    ["update"],
    [...INSTALL, "a", "b", "c"],
    [...INSTALL, "a"],
    [...INSTALL, "b"],
    [...INSTALL, "c"],
  ]);
  // A source of packages that does not answer is no reason to try none.
  assert.deepEqual(asked(["a"], ["update"]), [["update"], [...INSTALL, "a"]]);
});
