import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { findPython, hasPackages, makeEnvironment, pythonOf } from "../../scripts/setup/python.js";
import { useWorkDirectories } from "../cli/work-directory.ts";

const WHEELS = `import sys, zipfile
for name, version in (("toy", "1"), ("toy", "2"), ("other", "1")):
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"VERSION = {version}\\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
`;

const work = useWorkDirectories()();
const environment = join(work, ".venv");
const base = findPython() ?? "";
const skip = base === "" && "there is no Python";
/** A second run of the set-up would find this gone. */
const own = join(environment, "own");

before(() => {
  if (base === "") return;
  execFileSync(base, ["-c", WHEELS], { cwd: work });
  // No index is asked, and what the user has set for another Python does not matter.
  Object.assign(process.env, { PIP_NO_INDEX: "1", PIP_FIND_LINKS: work, PYTHONHOME: "/nowhere" });
});

function make(...requirements: string[]): void {
  assert.ok(makeEnvironment(base, environment, requirements));
  assert.ok(hasPackages(environment, requirements));
}

function ask(code: string): string {
  return execFileSync(pythonOf(environment), ["-I", "-c", code], { encoding: "utf8" }).trim();
}

test("an environment is made once, and completed when more is asked for", { skip }, () => {
  assert.ok(!hasPackages(environment, ["toy<2"]));
  make("toy<2");
  assert.ok(lstatSync(pythonOf(environment)).isSymbolicLink(), "its Python is no copy");
  writeFileSync(own, "");
  make("toy<2", "other");
  assert.ok(hasPackages(environment, ["other"]));
  assert.equal(ask("import toy, other; print(toy.VERSION, other.VERSION)"), "1 1");
  lstatSync(own);
});

test(
  "a requirement that has changed counts as missing, and so does what it was before",
  { skip },
  () => {
    make("toy<2", "other");
    assert.ok(!hasPackages(environment, ["toy>=2"]));
    make("toy>=2");
    assert.equal(ask("import toy; print(toy.VERSION)"), "2");
    assert.ok(hasPackages(environment, ["other"]));
    assert.ok(!hasPackages(environment, ["toy<2"]));
    lstatSync(own);
  },
);

test("nothing counts as installed, and nothing is lost, after pip has failed", { skip }, () => {
  make("toy", "other");
  assert.ok(!makeEnvironment(base, environment, ["no-such-package"]));
  assert.ok(!hasPackages(environment, ["toy"]));
  make("toy", "other");
  lstatSync(own);
});

test("an environment in which pip was killed is made anew", { skip }, () => {
  make("toy>=2");
  const packages = ask("import sysconfig; print(sysconfig.get_path('purelib'))");
  // As far as pip had come: it takes this for installed.
  for (const file of [
    join(packages, "toy-2.dist-info/RECORD"),
    join(packages, "toy.py"),
    join(environment, ".installed"),
  ])
    rmSync(file);
  make("toy>=2");
  assert.equal(ask("import toy; print(toy.VERSION)"), "2");
  assert.throws(() => lstatSync(own));
});

test("an environment whose Python does not start any more is made anew", { skip }, () => {
  make("toy");
  rmSync(pythonOf(environment));
  writeFileSync(pythonOf(environment), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  assert.ok(!hasPackages(environment, ["toy"]));
  make("toy");
  assert.equal(ask("import toy; print(toy.VERSION)"), "2");
});
