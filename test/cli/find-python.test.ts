import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { findPython } from "../../src/cli/run/find-python.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();

test("findPython() prefers the option, the active environment, that of conda, .venv by the script, .venv here, then PATH when all are there", () => {
  const programs = {
    "chosen/bin/python": "",
    "active/bin/python": "",
    "conda/bin/python": "",
    "apps/.venv/bin/python": "",
    ".venv/bin/python": "",
    "path/python3": "",
  };
  const cwd = directory(programs);
  for (const name of Object.keys(programs)) chmodSync(join(cwd, name), 0o755);
  const env = { VIRTUAL_ENV: join(cwd, "active"), PATH: join(cwd, "path") };
  const find = (options: Partial<Parameters<typeof findPython>[0]>) => {
    const found = findPython({ script: "apps/app.py", cwd, env, ...options });
    return [found.program.slice(cwd.length + 1), found.source];
  };
  const inactive = { PATH: env.PATH };
  const conda = { ...inactive, CONDA_PREFIX: join(cwd, "conda"), CONDA_DEFAULT_ENV: "app" };
  assert.deepEqual(find({ python: "chosen" }), ["chosen/bin/python", "--python"]);
  assert.deepEqual(find({ python: "chosen/bin/python" }), ["chosen/bin/python", "--python"]);
  assert.deepEqual(find({ python: "python3" }), ["path/python3", "--python"]);
  assert.deepEqual(find({}), ["active/bin/python", "VIRTUAL_ENV"]);
  assert.deepEqual(find({ env: { ...conda, ...env } }), ["active/bin/python", "VIRTUAL_ENV"]);
  assert.deepEqual(find({ env: conda }), ["conda/bin/python", "CONDA_PREFIX"]);
  for (const env of [
    { ...conda, CONDA_DEFAULT_ENV: "base" },
    { ...conda, CONDA_PREFIX: "" },
    { ...conda, CONDA_PREFIX: join(cwd, "removed") },
  ])
    assert.deepEqual(find({ env }), ["apps/.venv/bin/python", ".venv"]);
  assert.deepEqual(find({ env: inactive }), ["apps/.venv/bin/python", ".venv"]);
  assert.deepEqual(find({ env: inactive, script: "app.py" }), [".venv/bin/python", ".venv"]);
  assert.deepEqual(
    find({
      env: { ...inactive, VIRTUAL_ENV: join(cwd, "removed") },
      script: "app.py",
      cwd: join(cwd, "path"),
    })[1],
    "PATH",
  );
});

test("findPython() takes the Python of the wheel first when it holds the app, and late when it holds commands alone", () => {
  const cwd = directory({ "active/bin/python": "", ".venv/bin/python": "", "path/python3": "" });
  for (const name of ["active/bin/python", ".venv/bin/python", "path/python3"])
    chmodSync(join(cwd, name), 0o755);
  const own = join(cwd, "own/bin/python");
  const find = (isolated: boolean, env: Record<string, string>, elsewhere = false) => {
    const PERSIST_SESSION_WHEEL = JSON.stringify({ python: own, isolated });
    const at = elsewhere ? join(cwd, "path") : cwd;
    const all = { PATH: join(cwd, "path"), ...env, PERSIST_SESSION_WHEEL };
    const found = findPython({ script: "app.py", cwd: at, env: all });
    return [found.program.slice(cwd.length + 1), found.source];
  };
  const active = { VIRTUAL_ENV: join(cwd, "active") };
  assert.deepEqual(find(false, active), ["own/bin/python", "pip"]);
  assert.deepEqual(find(true, active), ["active/bin/python", "VIRTUAL_ENV"]);
  assert.deepEqual(find(true, {}), [".venv/bin/python", ".venv"]);
  assert.deepEqual(find(true, {}, true), ["own/bin/python", "pip"]);
  const named = findPython({
    script: "app.py",
    python: "active",
    cwd,
    env: { PERSIST_SESSION_WHEEL: JSON.stringify({ python: own, isolated: false }) },
  });
  assert.equal(named.source, "--python");
});

test("findPython() throws ERR_PYTHON_MISSING when there is none", () => {
  const cwd = directory();
  for (const python of [undefined, "python3", "x/python"]) {
    assert.throws(
      () => findPython({ python, script: "app.py", cwd, env: { PATH: cwd } }),
      (error) => isPersistError(error, "ERR_PYTHON_MISSING"),
    );
  }
});
