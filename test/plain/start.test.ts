import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { install } from "./installed.ts";
import { PlainStreamlit, useInstalled } from "./plain-streamlit.ts";

const { installed, start } = useInstalled();
const bare = install({ withStreamlit: false });
const directory = mkdtempSync(join(tmpdir(), "persist-session-start-"));
after(() => {
  bare.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a Python of one of the environments. */
function run(python: string, ...args: string[]): { out: string; err: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync(python, args, { cwd: directory, encoding: "utf8" });
  return { out: stdout.trim(), err: stderr, code: status };
}

const OURS = `print(sorted(name for name in sys.modules if "persist_session" in name))`;
const FINDERS = `print(sum(type(one).__module__ == "_persist_session_start" for one in sys.meta_path))`;

describe("what runs when a Python of the environment starts", () => {
  test("imports nothing if the command line does not name streamlit", () => {
    const { out, err } = run(installed.python, "-c", `import sys; ${OURS}; ${FINDERS}`);
    assert.deepEqual([out, err], ["[]\n0", ""]);
  });

  test("imports one module if it does, and that imports no other", () => {
    const program = join(directory, "streamlit_tool.py");
    // What `site` imports by itself is what the same Python has without our files.
    writeFileSync(program, `import sys; ${OURS}; print(sorted(sys.modules))`);
    const [ours, modules = ""] = run(installed.python, program).out.split("\n");
    assert.equal(ours, "['_persist_session_start']");
    const same = run(installed.python, "-c", `import sys; print(sorted(sys.modules))`).out;
    const more = new Set(names(modules));
    for (const name of names(same)) more.delete(name);
    assert.deepEqual([...more], ["_persist_session_start"]);
  });

  test("does it once, however often site reads the files", () => {
    const code = `import site, sys; site.main(); site.main(); import _persist_session_start; _persist_session_start.start(); ${FINDERS}`;
    assert.equal(run(installed.python, "-c", code, "streamlit").out, "1");
  });

  test("the entry point for PEP 829 does the same", () => {
    const code = `import pkgutil, sys; start = pkgutil.resolve_name(open(sys.argv[1]).read().strip()); start(); ${FINDERS}`;
    const path = join(import.meta.dirname, "../../python/persist-session.start");
    assert.equal(run(installed.python, "-c", code, path).out, "0");
    assert.equal(run(installed.python, "-c", code, path, "streamlit").out, "1");
  });

  test("does no harm in a Python that has no streamlit", () => {
    for (const argument of ["anything", "streamlit"]) {
      const { out, err, code } = run(bare.python, "-c", "print('runs')", argument);
      assert.deepEqual([out, err, code], ["runs", "", 0]);
    }
    const { err, code } = run(bare.python, "-m", "streamlit", "run", "app.py");
    assert.match(err, /^\S+: No module named streamlit\n$/);
    assert.equal(code, 1);
  });

  test("keeps out of an isolated Python, and of one without site", () => {
    assert.equal(run(installed.python, "-S", "-c", `import sys; ${FINDERS}`, "streamlit").out, "0");
  });

  test("leaves a command of Streamlit alone that serves nothing", () => {
    const { out, err, code } = run(installed.streamlit, "version");
    assert.match(out, /^Streamlit, version /);
    assert.deepEqual([err, code], ["", 0]);
  });

  test("leaves AppTest alone, whatever the command line says", () => {
    const program = join(directory, "test_streamlit_app.py");
    writeFileSync(program, APP_TEST);
    const { out, err, code } = run(installed.python, program);
    assert.deepEqual([out, code], ["1 1 2 False", 0], err);
  });
});

describe("which apps it is for", () => {
  test("streamlit hello stays plain, even with PERSIST_SESSION=on", async () => {
    const command = ({ streamlit }: { streamlit: string }) => ["sh", "-c", HELLO, streamlit];
    const app = await start({ app: { "app.py": "" }, command, env: { PERSIST_SESSION: "on" } });
    assert.deepEqual([app.told, app.gatewayPid], [[], undefined]);
  });

  test("an app that does not import us stays plain, and our package is not even imported", async () => {
    const code = `import streamlit, sys, pathlib\npathlib.Path("seen").write_text(str("persist_session" in sys.modules))\n`;
    const app = await start({ app: { "app.py": code } });
    assert.deepEqual([app.told, app.gatewayPid], [[], undefined]);
    const answer = await fetch(`${app.origin}/`);
    assert.equal(answer.headers.get("set-cookie")?.includes("persist") ?? false, false);
  });

  for (const [name, enabled, isOn] of [
    ["enabled = true in pyproject.toml turns us on", "true", true],
    ["enabled = false does not", "false", false],
  ] as const)
    test(name, async () => {
      const app = await start({
        app: {
          "app.py": "import streamlit",
          "pyproject.toml": `[tool.persist-session]\nenabled = ${enabled}\n`,
        },
      });
      assert.equal(app.gatewayPid !== undefined, isOn, app.printed);
    });

  test("PERSIST_SESSION=off comes before pyproject.toml", async () => {
    const app = await start({
      app: {
        "app.py": "import streamlit",
        "pyproject.toml": "[tool.persist-session]\nenabled = true\n",
      },
      env: { PERSIST_SESSION: "off" },
    });
    assert.deepEqual([app.told, app.gatewayPid], [[], undefined]);
  });

  test("a malformed value gets one line, and does not count", async () => {
    const app = await start({
      app: {
        "app.py": "import streamlit",
        "pyproject.toml": "[tool.persist-session\nenabled = 7\n",
      },
      env: { PERSIST_SESSION: "perhaps" },
    });
    assert.equal(app.gatewayPid, undefined);
    assert.equal(app.told.length, 2, app.told.join("\n"));
    assert.match(app.told[0] ?? "", /PERSIST_SESSION is neither on nor off/);
    assert.match(app.told[1] ?? "", /pyproject\.toml cannot be read as TOML .* Fix the file\./);
  });

  test("a gateway that is there already is not doubled", async () => {
    const app = await PlainStreamlit.start(installed, {
      app: { "app.py": "import persist_session" },
      env: { PERSIST_SESSION_SERVICE: "unix:/no/such/socket" },
    });
    try {
      assert.equal(app.gatewayPid, undefined);
    } finally {
      await app.remove();
    }
  });
});

function names(list: string): string[] {
  return [...list.matchAll(/'([^']+)'/g)].map(([, name = ""]) => name);
}

/** `streamlit hello` in place of `streamlit run app.py`, with the options that follow. */
const HELLO = `shift 2; exec "$0" hello "$@"`;

const APP_TEST = `
import sys
from streamlit.testing.v1 import AppTest
from persist_session.testing import test_session

def app():
    import streamlit as st
    from persist_session import persist

    @persist("app-state")
    class AppState:
        def __init__(self):
            self.count = 0

    state = AppState()
    state.count += 1
    st.text(state.count)

with test_session():
    first = AppTest.from_function(app).run()
    second = AppTest.from_function(app).run()
    print(len(first.text), first.text[0].value, second.text[0].value, "persist_session.plain" in sys.modules)
`;
