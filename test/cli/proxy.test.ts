import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { until } from "../support/until.ts";
import { freePort } from "../support/free-port.ts";
import { root } from "../project/imports.ts";
import { testPython } from "../streamlit/test-python.ts";
import { useCommand } from "./running.ts";
import { runScript } from "./script-run.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();
const { start } = useCommand();
const app = {
  "app.py": `
import streamlit as st
from persist_session import persist

@persist("count")
class Count:
    def __init__(self):
        self.value = 0

count = Count()
count.value += 1
print(f"COUNT {count.value}", flush=True)
`,
};

/** Starts Streamlit by hand, as the documents say, and ends it after the tests. */
function startStreamlit(cwd: string, port: number, variables: Record<string, string>) {
  const child = spawn(
    testPython(),
    [
      "-m",
      "persist_session",
      "run",
      "app.py",
      "--server.port",
      `${port}`,
      "--server.headless",
      "true",
    ],
    {
      cwd,
      env: { ...process.env, ...variables, PYTHONPATH: join(root, "python") },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return () => output;
}

/** What the gateway has printed for its Streamlit. */
async function printedVariables(output: () => string): Promise<Record<string, string>> {
  await until("the variables are printed", () => output().includes("RESUME="));
  const printed = output().matchAll(/^ +(PERSIST_SESSION_\w+)='(.*)'$/gm);
  return Object.fromEntries([...printed].map(([, name = "", value = ""]) => [name, value]));
}

async function untilHealthy(url: string): Promise<void> {
  await until("Streamlit answers through the gateway", async () => {
    const answer = await fetch(`${url}/_stcore/health`).catch(() => undefined);
    return answer?.status === 200;
  });
}

test("proxy serves a Streamlit that was started elsewhere, and prints what that one has to be told", async () => {
  const cwd = directory(app);
  const port = await freePort();
  const args = ["proxy", "--upstream", `http://127.0.0.1:${port}`, "--port", "0"];
  const running = await start(args, { cwd });
  const variables = await printedVariables(running.output);
  assert.deepEqual(variables, {
    PERSIST_SESSION_SERVICE: `unix:${join(cwd, ".persist-session/service.sock")}`,
    PERSIST_SESSION_RESUME: '{"for":3600,"max":500,"atLeast":true}',
  });
  const output = startStreamlit(cwd, port, variables);
  await untilHealthy(running.url);
  const socket = await runScript(running.url);
  await until("the state is there", () => output().includes("COUNT 1"));
  socket.close();
  await until("it is said once that there is no cookie", () =>
    /^persist-session: (?!persist-session:).*keeps no cookie/m.test(running.output()),
  );
  running.kill("SIGINT");
  assert.deepEqual(await running.ended, { code: 130, signal: null });
});

test("proxy is found again by a Streamlit that went on when it was killed and started anew, even if the state directory has a long path", async () => {
  const cwd = directory(app);
  const port = await freePort();
  const stateDir = join(cwd, "long".repeat(30));
  const args = ["proxy", "--upstream", `http://127.0.0.1:${port}`, "--port", "0"];
  const begin = async () =>
    await start([...args, "--state-dir", stateDir], { cwd, env: { TMPDIR: cwd } });
  const first = await begin();
  const variables = await printedVariables(first.output);
  const output = startStreamlit(cwd, port, variables);
  await untilHealthy(first.url);
  (await runScript(first.url)).on("error", () => {});
  await until("the state is there", () => output().includes("COUNT 1"));
  first.kill("SIGKILL");
  await first.ended;

  const second = await begin();
  assert.deepEqual(await printedVariables(second.output), variables);
  assert.doesNotMatch(second.output(), /usual address/);
  (await runScript(second.url)).on("error", () => {});
  await until("the state is there again", () => output().split("COUNT 1").length === 3);
});

test("proxy says that Streamlit needs the new address when another gateway has the usual one", async () => {
  const cwd = directory(app);
  const args = ["proxy", "--upstream", "http://127.0.0.1:1", "--port", "0"];
  const first = await start(args, { cwd });
  assert.doesNotMatch(first.output(), /usual address/);
  const second = await start(args, { cwd });
  assert.match(
    second.output(),
    /^persist-session: .* another gateway listens at \S+service\.sock\. .*PERSIST_SESSION_SERVICE has to be started again/m,
  );
});
