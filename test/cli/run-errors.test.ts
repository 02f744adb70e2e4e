import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { join } from "node:path";
import { listen } from "../../src/gateway/launcher/listen.ts";
import { persistSession } from "./command.ts";
import { testPython } from "../streamlit/test-python.ts";
import { emptyEnvironment, pretendStreamlit } from "./empty-environment.ts";
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
  const result = await persistSession(args, { cwd, env: { VIRTUAL_ENV: "" } });
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
    await assertRefused(["run", "app.py", "--python", "/bin/true"], 1, /not run as a Python/, cwd);
    const env = { VIRTUAL_ENV: "", PATH: cwd };
    const { code, stderr } = await persistSession(["run", "app.py"], { cwd, env });
    assert.equal(code, 1);
    assert.match(stderr, /^persist-session: No Python was found\. Install Python 3\.10 or newer/);
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
  for (const [args, code, message] of [
    [["run", "app.py", "--port", "70000"], 2, /--port takes a whole number from 0 to 65535/],
    [["run", "app.py", "--base-path", "a/../b"], 2, /--base-path takes a path such as \/app/],
    [["run", "app.py", "--base-path", "a b"], 2, /--base-path takes a path such as \/app/],
    [["run", "app.py", "--resume-max", "0"], 2, /--resume-max takes a whole number from 1/],
    [["run", "app.py", "--resume-for", "soon"], 1, /--resume-for must be a duration/],
    [
      ["run", "app.py", "--python", testPython(), "--store", "sqlite:x"],
      1,
      /store URL of kind "sqlite:"/,
    ],
    [["run", "app.py", "--python", testPython(), "--ttl", "0"], 1, /ttl must be a duration/],
    [
      ["run", "app.py", "--secret-file", "none"],
      1,
      /secret file none cannot be read.*openssl rand/,
    ],
    [["proxy"], 2, /--upstream http/],
    [["proxy", "--upstream", "localhost:8502"], 2, /--upstream takes a URL/],
    [["proxy", "--upstream", "https://example.com"], 2, /without .*HTTPS/],
    [["proxy", "--upstream", "http://x/a", "--base-path", "b"], 2, /--base-path must be the path/],
    [["proxy", "app.py", "--upstream", "http://x"], 2, /proxy takes options alone/],
  ] as const) {
    await assertRefused(args, code, message, cwd);
  }
});

for (const name of ["run", "proxy"]) {
  test(`${name} shows its options when asked for help`, async () => {
    const { code, stdout } = await persistSession([name, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: persist-session ${name} `));
    assert.match(stdout, /\n +--resume-for TIME +how long .*\(default: 1h\)\n/);
    assert.ok(
      stdout.split("\n").every((line) => line.length <= 120),
      "a line is too long",
    );
  });
}
