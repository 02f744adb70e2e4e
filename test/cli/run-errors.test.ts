import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { join } from "node:path";
import { type ConfigurationPlaces, mayConfigure } from "../../src/cli/run/configures.ts";
import { listen } from "../../src/cli/run/listen.ts";
import { persistSession } from "./command.ts";
import { testPython } from "../streamlit/test-python.ts";
import { holdPort } from "../support/taken-port.ts";
import { emptyEnvironment, pretendInstalled, pretendStreamlit } from "./empty-environment.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();
const app = { "app.py": "import streamlit as st\n" };

/** That the command ends with this code and says one line, and nothing else. */
async function assertRefused(
  args: readonly string[],
  code: number,
  message: RegExp,
  cwd = directory(app),
): Promise<void> {
  const result = await persistSession(args, { cwd, env: { VIRTUAL_ENV: "", CONDA_PREFIX: "" } });
  assert.deepEqual({ code: result.code, stdout: result.stdout }, { code, stdout: "" });
  assert.match(result.stderr, /^persist-session: [^\n]+\n$/);
  assert.match(result.stderr, message);
}

describe("run", () => {
  test("run names the way out when the script is missing", async () => {
    await assertRefused(["run", "ap.py"], 1, /no file ap\.py in .*Give the path/);
    await assertRefused(["run"], 2, /persist-session run app\.py.*run --help/);
    await assertRefused(["run", "app.py", "x"], 2, /one argument too many/);
  });

  test("run names the way out when there is no Python", async () => {
    const cwd = directory(app);
    await assertRefused(["run", "app.py", "--python", "no-such"], 1, /no Python at no-such/, cwd);
    const other = join(cwd, "other");
    writeFileSync(other, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    await assertRefused(["run", "app.py", "--python", other], 1, /not run as a Python/, cwd);
    const env = { VIRTUAL_ENV: "", CONDA_PREFIX: "", PATH: cwd };
    const { code, stderr } = await persistSession(["run", "app.py"], { cwd, env });
    assert.equal(code, 1);
    assert.match(stderr, /^persist-session: No Python was found\. Install Python 3\.10 or newer/);
  });

  test("run says which package to uninstall when the one that ours replaces is installed beside it", async () => {
    const cwd = directory(app);
    const python = emptyEnvironment(join(cwd, ".venv"));
    pretendStreamlit(python, "1.67.0");
    pretendInstalled(python, "persist-session", "0.1.0");
    pretendInstalled(python, "streamlit-persist-session", "0.2.0");
    await assertRefused(
      ["run", "app.py"],
      1,
      /uninstall streamlit-persist-session, then: .* --force-reinstall --no-deps persist-session/,
      cwd,
    );
  });

  test("run gives the command that installs Streamlit when it is missing or too old", async () => {
    const cwd = directory(app);
    const python = emptyEnvironment(join(cwd, ".venv"));
    await assertRefused(
      ["run", "app.py"],
      1,
      /Streamlit is not installed for \S+\.venv\/bin\/python .* Run: .*pip install .*streamlit/,
      cwd,
    );
    pretendStreamlit(python, "1.44.1");
    await assertRefused(
      ["run", "app.py"],
      1,
      /Streamlit 1\.44\.1 is too old: 1\.45 or newer is needed\. Run: /,
      cwd,
    );
  });

  test("run says so before anything is started when the port is taken", async () => {
    const server = createServer();
    const port = await listen(server, "127.0.0.1", 0);
    try {
      await assertRefused(
        ["run", "app.py", "--python", testPython(), "--port", String(port)],
        1,
        new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken .* --port`),
      );
    } finally {
      server.close();
    }
  });

  test("run says so before Streamlit is up when the port that config.toml names is taken", async () => {
    const server = createServer();
    const port = await listen(server, "127.0.0.1", 0);
    try {
      const cwd = directory({ ...app, ".streamlit/config.toml": `[server]\nport = ${port}\n` });
      const { code, stdout, stderr } = await persistSession(
        ["run", "app.py", "--python", testPython()],
        // On a busy machine Streamlit may get as far as its own first line.
        { cwd, env: { STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false" } },
      );
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      const told = stderr.split("\n").filter((line) => !line.endsWith("uses the state service"));
      assert.match(told[0] ?? "", new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken .* --port`));
      assert.deepEqual(told.slice(1), [""]);
    } finally {
      server.close();
    }
  });

  test("run says so before anything is started when the default port is taken", async (t) => {
    await holdPort(t, 8501, "127.0.0.1");
    const cwd = directory(app);
    await assertRefused(
      ["run", "app.py", "--python", testPython()],
      1,
      /Port 8501 of 127\.0\.0\.1 is taken .* --port/,
      cwd,
    );
    assert.ok(!existsSync(join(cwd, ".persist-session")));
  });

  test("mayConfigure() finds a port or an address wherever Streamlit looks for one", () => {
    const cwd = directory({
      "none/app.py": "",
      "beside/app.py": "",
      "beside/.streamlit/config.toml": "[server]\nport = 1\n",
      "here/.streamlit/config.toml": 'server.address = "x"\n',
      "broken/.streamlit/config.toml/x": "",
    });
    const found = (more: Partial<ConfigurationPlaces>) => {
      const env = { HOME: join(cwd, "none"), ...more.env };
      const places = { script: "none/app.py", args: [], cwd, ...more, env };
      return (["address", "port"] as const).filter((word) => mayConfigure(word, places));
    };
    assert.deepEqual(found({}), []);
    assert.deepEqual(found({ args: ["--theme.base", "dark"], env: { PORT: "1" } }), []);
    assert.deepEqual(found({ args: ["--server.port=1"] }), ["port"]);
    assert.deepEqual(found({ env: { STREAMLIT_SERVER_PORT: "1" } }), ["port"]);
    assert.deepEqual(found({ script: "beside/app.py" }), ["port"]);
    assert.deepEqual(found({ script: "beside" }), ["port"]);
    assert.deepEqual(found({ cwd: join(cwd, "here") }), ["address"]);
    assert.deepEqual(found({ env: { HOME: join(cwd, "beside") } }), ["port"]);
    assert.deepEqual(found({ cwd: join(cwd, "broken") }), ["address", "port"]);
  });

  test("run ends with 1 when Streamlit does not come up", async () => {
    const { code, stdout, stderr } = await persistSession(
      ["run", "app.py", "--port", "0", "--python", testPython(), "--", "--no.such.option"],
      { cwd: directory(app) },
    );
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /No such option.*\npersist-session: Streamlit ended before .*code 2/s);
  });
});

test("run and proxy end with 2 or 1 when an option makes no sense", async () => {
  const cwd = directory(app);
  const upstream = ["--upstream", "http://127.0.0.1:1"];
  for (const [args, code, message] of [
    [["run", "app.py", "--port", "70000"], 2, /--port takes a whole number from 0 to 65535/],
    [["run", "app.py", "--base-path", "a/../b"], 2, /--base-path takes a path such as \/app/],
    [["run", "app.py", "--base-path", "a b"], 2, /--base-path takes a path such as \/app/],
    [["run", "app.py", "--max-lifetime", "soon"], 2, /--max-lifetime takes a time above zero/],
    [["run", "app.py", "--login-cookie", "a b"], 2, /--login-cookie takes the name of a cookie/],
    [["run", "app.py", "--resume-max", "0"], 2, /--resume-max takes a whole number from 1/],
    [["run", "app.py", "--run-max", "many"], 2, /--run-max takes a whole number from 0/],
    [["run", "app.py", "--run-for", "soon"], 2, /--run-for takes a time/],
    [["run", "app.py", "--frame-max", "0"], 2, /--frame-max takes a whole number from 1/],
    [["run", "app.py", "--frame-memory", "1.5"], 2, /--frame-memory takes a whole number from 1/],
    [["run", "app.py", "--resume-for", "soon"], 2, /--resume-for takes a time above zero/],
    [
      ["run", "app.py", "--store", "sqlite:x"],
      2,
      /kind "sqlite:".* or "memory:"\. See: persist-session run --help\n$/,
    ],
    [["sessions", "--store", "redis://host?no=such"], 2, /not a valid Redis URL/],
    [["clear", "--ttl", "soon", "u:x"], 2, /--ttl takes a time above zero/],
    [["run", "app.py", "--ttl", "0"], 2, /--ttl takes a time above zero/],
    [["run", "app.py", "--trust-proxy", "banana"], 2, /--trust-proxy takes none, loopback, or/],
    [["run", "app.py", "--cookie-name", "a b"], 2, /--cookie-name takes 1 to 100 letters/],
    [["proxy", ...upstream, "--state-dir", "app.py"], 1, /app\.py could not be made.*--state-dir/],
    [["proxy", ...upstream, "--state-dir", "/proc/nope"], 1, /\/proc\/nope could not be made/],
    [["proxy", ...upstream, "--store", "lmdb:/proc/nope"], 1, /\/proc\/nope could not be made/],
    [
      ["proxy", ...upstream, "--store", "redis://127.0.0.1:1"],
      1,
      /PERSIST_SESSION_SECRET or by --secret-file\.(?: See: persist-session \w+ --help)?\n$/,
    ],
    [
      ["run", "app.py", "--secret-file", "none"],
      1,
      /secret file none cannot be read.*openssl rand/,
    ],
    [["proxy"], 2, /--upstream http/],
    [["proxy", "--upstream", "localhost:8502"], 2, /--upstream takes a URL/],
    [["proxy", "--upstream", "https://example.com"], 2, /without .*HTTPS/],
    [["proxy", "--upstream", "http://x/a", "--base-path", "b"], 2, /--base-path must be the path/],
    [["proxy", "app.py", "--upstream", "http://x"], 2, /proxy takes only options/],
  ] as const) {
    await assertRefused(args, code, message, cwd);
  }
});

for (const name of ["run", "proxy"]) {
  test(`${name} shows its options when asked for help`, async () => {
    const { code, stdout } = await persistSession([name, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: persist-session ${name} `));
    assert.match(
      stdout,
      /\n +--resume-for TIME +how long .*\s+\(default:\s+1h,\s+or\s+server\.disconnected/,
    );
    assert.ok(
      stdout.split("\n").every((line) => line.length <= 120),
      "a line is too long",
    );
  });
}
