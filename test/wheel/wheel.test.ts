import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runIn } from "../package/command.ts";
import { type Built, buildWheel } from "./built.ts";
import { digest, testContents } from "./contents.ts";
import { Environment } from "./environment.ts";
import { testInstalled } from "./installed.ts";

let built: Built;
before(async () => {
  built = await buildWheel();
});
after(() => built?.remove());

describe("the wheel", () => testContents(() => built));
describe("the installed wheel", () => testInstalled(() => built));

test("two builds give the same bytes", async () => {
  const again = await buildWheel();
  try {
    assert.equal(digest(again.wheel), digest(built.wheel));
    assert.equal(digest(again.sdist), digest(built.sdist));
  } finally {
    again.remove();
  }
});

describe("on every Python of this machine", () => {
  for (const [version, python] of pythonsHere()) {
    test(`Python ${version} installs the wheel, imports the package and starts the command`, async () => {
      const environment = await Environment.make(python);
      try {
        // Streamlit would be some 200 MB for each. What it is run on is the matrix's part.
        await environment.pip("install", "--no-deps", built.wheel);
        const env = ["-i", `PERSIST_SESSION_NODE=${process.execPath}`, "PATH=/nowhere"];
        const { directory } = environment;
        assert.match(
          await runIn(directory, "env", ...env, environment.command, "--version"),
          /^\d+\.\d+\.\d+\n$/,
        );
        const code =
          "import persist_session, streamlit_persist_session; print(persist_session.persist.__module__)";
        assert.equal(
          await runIn(directory, environment.python, "-c", code),
          "persist_session.persist\n",
        );
      } finally {
        environment.remove();
      }
    });
  }
});

/** One of each version that the package supports: in the PATH, and where pyenv and uv put them. */
function pythonsHere(): Map<string, string> {
  const stores = [".pyenv/versions", ".local/share/uv/python"].flatMap((name) => {
    const directory = join(homedir(), name);
    return existsSync(directory)
      ? readdirSync(directory).map((version) => join(directory, version, "bin"))
      : [];
  });
  const minors = [10, 11, 12, 13, 14].map((minor) => `3.${minor}`);
  const found = new Map<string, string>();
  for (const minor of minors)
    for (const directory of ["", ...stores]) {
      const python = join(directory, `python${minor}`);
      if (!found.has(minor) && isThere(python)) found.set(minor, python);
    }
  return found;
}

function isThere(python: string): boolean {
  try {
    execFileSync(python, ["-c", "import venv"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
