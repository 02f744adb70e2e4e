import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { isRunning } from "../streamlit/process-tree.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import { until } from "../support/until.ts";
import { writeProgram } from "./installed.ts";
import { PlainStreamlit, useInstalled } from "./plain-streamlit.ts";

const APP = "test/streamlit/apps/persisted.py";
const IN_MEMORY =
  /Until then Streamlit runs without us: states last only until their page is loaded again\.$/;
const { installed, start } = useInstalled();
const programs = mkdtempSync(join(tmpdir(), "persist-session-nodes-"));
let browser: Browser;
before(async () => {
  browser = await startChromium();
});
afterEach(
  async () => await Promise.all(browser.contexts().map(async (context) => await context.close())),
);
after(async () => {
  await browser.close();
  rmSync(programs, { recursive: true, force: true });
});

async function visit(app: PlainStreamlit): Promise<StreamlitPage> {
  return await StreamlitPage.open(
    await browser.newContext({ viewport: { width: 700, height: 700 } }),
    `${app.origin}/`,
  );
}

/** A program in place of Node, in the language of the shell. `$REAL` is the real one. */
function nodeThat(name: string, script: string): string {
  const path = join(programs, name);
  writeProgram(path, `#!/bin/sh\nREAL='${installed.node}'\n${script}\n`);
  return path;
}

/** The app works as with plain Streamlit, and one line of ours says why it has nothing more. */
async function assertPlain(app: PlainStreamlit, line: RegExp): Promise<void> {
  const page = await visit(app);
  await page.clickUntil("count", "count", "1");
  await page.clickUntil("exact", "exact", "1");
  assert.equal(await page.error(), undefined);
  await page.reload();
  await page.untilShown({ count: "0" });
  assert.deepEqual([app.told.length, app.gatewayPid], [1, undefined], app.told.join("\n"));
  assert.match(app.told[0] ?? "", line);
  assert.match(app.told[0] ?? "", IN_MEMORY);
}

test("promise 15 (Never worse than without us): Node is missing", async () => {
  const node = join(programs, "missing");
  const app = await start({ app: APP, env: { PERSIST_SESSION_NODE: node } });
  await assertPlain(app, /PERSIST_SESSION_NODE names .*missing, which is not a program\. Give it /);
});

test("promise 15 (Never worse than without us): Node is too old", async () => {
  const node = nodeThat("old", "echo v18.20.0");
  const app = await start({ app: APP, env: { PERSIST_SESSION_NODE: node } });
  await assertPlain(app, /Node 18\.20\.0 .* is too old: 20\.19 or newer is needed\./);
});

test("promise 15 (Never worse than without us): Node ends before it serves", async () => {
  const node = nodeThat("ends", `[ "$1" = --version ] && exec "$REAL" --version\nexit 7`);
  const app = await start({ app: APP, env: { PERSIST_SESSION_NODE: node } });
  await assertPlain(app, /The gateway ended while it started \(exit code 7\)\./);
});

test("promise 15 (Never worse than without us): the gateway ends again and again: its connections are passed on as they are", async () => {
  const mark = join(programs, "once");
  const node = nodeThat(
    "crashes",
    `[ "$1" = --version ] && exec "$REAL" --version\n[ -e '${mark}' ] && exit 7\n: > '${mark}'\nexec "$REAL" "$@"`,
  );
  const app = await start({ app: APP, env: { PERSIST_SESSION_NODE: node } });
  const before = await visit(app);
  await before.clickUntil("count", "count", "1");
  await app.killGateway();
  await until("the gateway is given up", () => app.told.some((line) => IN_MEMORY.test(line)));
  assert.equal(await app.isHealthy(), true);
  const page = await visit(app);
  await page.clickUntil("count", "count", "1");
  assert.equal(await page.error(), undefined);
  await before.reload();
  await before.clickUntil("count", "count", "1");
  assert.match(app.told.at(-1) ?? "", /has ended 5 times shortly after its start/);
});

test("the gateway was killed: a request meanwhile waits for the next one", async () => {
  const app = await start({ app: APP });
  for (let round = 0; round < 2; round++) {
    const killed = await app.killGateway();
    // On a connection of its own: one that was kept alive has died with the gateway.
    const request = get(`${app.origin}/`, { agent: false });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    answer.resume();
    assert.equal(answer.statusCode, 200);
    assert.match(String(answer.headers["set-cookie"]), /persist-session/);
    assert.notEqual(app.gatewayPid, killed);
  }
});

test("the state directory cannot be written: state is kept in another, at each start the same", async () => {
  const home = mkdtempSync(join(programs, "home-"));
  const app = await start({
    app: { "app.py": COUNTER, ".persist-session": "a file, not a directory" },
    env: { XDG_STATE_HOME: home },
  });
  const page = await visit(app);
  await page.clickUntil("count", "count", "1");
  await app.stop();
  await app.startAgain();
  await page.reload();
  await page.untilShown({ count: "1" });
  const lines = app.told.filter((line) => line.includes("cannot be written"));
  assert.equal(lines.length, 2, app.told.join("\n"));
  assert.ok(lines[0]?.includes(`state is kept in ${home}/persist-session/`), lines[0]);
  assert.equal(lines[0], lines[1]);
});

test("what is stored cannot be read: the app comes up, and a page with a state shows the error", async () => {
  const app = await start({
    app: { "app.py": COUNTER, ".persist-session/FORMAT": "of another program\n" },
  });
  const page = await visit(app);
  assert.match((await page.error()) ?? "", /ERR_(STORE|DIRECTORY)_/);
  assert.equal(app.told.length, 1, app.told.join("\n"));
  assert.match(app.told[0] ?? "", /a page that uses a persisted class shows this error\./);
});

for (const [name, env, line] of [
  [
    "an option by a variable is none of its kind",
    { PERSIST_SESSION_TTL: "soon" },
    /PERSIST_SESSION_TTL takes a time /,
  ],
  [
    "an option by a variable contradicts another",
    { PERSIST_SESSION_PARTITIONED: "on" },
    /PERSIST_SESSION_PARTITIONED needs .*same-site none/i,
  ],
] as const)
  test(name, async () => {
    const app = await start({ app: APP, env });
    await assertPlain(app, line);
  });

test("the pyproject.toml beside the app has a key that is no option", async () => {
  const app = await start({
    app: { "app.py": COUNTER, "pyproject.toml": '[tool.persist-session]\ntime-to-live = "7d"\n' },
  });
  assert.deepEqual([app.told.length, app.gatewayPid], [1, undefined], app.told.join("\n"));
  assert.match(app.told[0] ?? "", /There is no option "time-to-live" in \[tool\.persist-session\]/);
  assert.match(app.told[0] ?? "", IN_MEMORY);
});

test("the store cannot be reached: the gateway serves, and a page with a state shows the error", async () => {
  const app = await start({
    app: APP,
    env: {
      PERSIST_SESSION_STORE: "redis://127.0.0.1:1",
      PERSIST_SESSION_SECRET: "0123456789abcdef0123456789abcdef0123",
    },
  });
  const page = await visit(app);
  assert.match((await page.error()) ?? "", /ERR_STORE_UNAVAILABLE/);
  assert.ok(app.gatewayPid, app.printed);
});

test("the port is taken: Streamlit itself says so, and no gateway is left", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  const args = ["--server.address", "127.0.0.1"];
  const { printed, code } = await PlainStreamlit.fail(installed, { app: APP, port, args });
  assert.match(printed, /Port \d+ is (not available|already in use)/);
  assert.equal(code, 1);
});

test("PERSIST_SESSION=off and an app that imports us", async () => {
  const app = await start({ app: APP, env: { PERSIST_SESSION: "off" } });
  await assertPlain(app, /PERSIST_SESSION=off/);
});

for (const signal of ["SIGINT", "SIGTERM"] as const)
  test(`${signal}: Streamlit ends as always, the gateway with it, and the port is free`, async () => {
    const app = await start({ app: APP });
    const gateway = app.gatewayPid ?? 0;
    assert.ok(isRunning(gateway));
    assert.equal(await app.stop(signal), 0, app.printed);
    assert.equal(isRunning(gateway), false);
    await assertFree(app.port);
  });

test("Streamlit is killed while the gateway serves pages: the gateway follows, and the port is free", async () => {
  const app = await start({ app: APP });
  const page = await visit(app);
  await page.clickUntil("count", "count", "1");
  await app.kill();
  await assertFree(app.port);
});

test("a forked child of the app holds neither the port nor the gateway", async (t) => {
  const app = await start({ app: { "app.py": FORKS } });
  const page = await visit(app);
  await until("the child is there", async () => (await page.shown())["child"] !== undefined);
  const { child } = await page.shown();
  t.after(() => process.kill(Number(child), "SIGKILL"));
  await app.kill();
  assert.ok(isRunning(Number(child)));
  await assertFree(app.port);
});

test("a program that the app starts inherits no socket of Streamlit, and none of our variables", async () => {
  const app = await start({ app: { "app.py": STARTS } });
  const page = await visit(app);
  await until("the program has run", async () => (await page.shown())["variables"] !== undefined);
  assert.deepEqual(await page.shown(), { sockets: "0", variables: "[]" });
});

async function assertFree(port: number): Promise<void> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  server.close();
  await once(server, "close");
}

const COUNTER = `
import streamlit as st
from persist_session import persist

@persist("counter")
class Counter:
    count = 0
    def __init__(self):
        self.count = 0

state = Counter()
if st.button("count"):
    state.count += 1
st.text(f"count: {state.count}")
`;

const FORKS = `
import multiprocessing, time
import streamlit as st
import persist_session

@st.cache_resource
def child():
    made = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
    made.start()
    return made.pid

st.text(f"child: {child()}")
`;

const STARTS = `
import os, subprocess, sys
import streamlit as st
import persist_session

code = """
import os, stat
found = []
for name in os.listdir("/proc/self/fd"):
    try:
        found.append(stat.S_ISSOCK(os.stat("/proc/self/fd/" + name).st_mode))
    except OSError:
        pass
print(sum(found), sorted(name for name in os.environ if name.startswith("PERSIST_SESSION")))
"""
# As os.system() does, which closes nothing.
said = subprocess.run([sys.executable, "-I", "-c", code], close_fds=False, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
sockets, _, variables = said.partition(" ")
st.text(f"sockets: {sockets}")
st.text(f"variables: {variables.strip()}")
`;
