import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { until } from "../browser/until.ts";
import { freePort } from "../../src/gateway/launcher/listen.ts";
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

test("proxy serves a Streamlit that somebody else started, and prints what that one has to be told", async () => {
  const cwd = directory(app);
  const port = await freePort();
  const args = ["proxy", "--upstream", `http://127.0.0.1:${port}`, "--port", "0"];
  const running = await start(args, { cwd });
  await until("the variables are printed", () => running.output().includes("RESUME="));
  const printed = running.output().matchAll(/^ +(PERSIST_SESSION_\w+)='(.*)'$/gm);
  const variables = Object.fromEntries(
    [...printed].map(([, name = "", value = ""]) => [name, value]),
  );
  assert.deepEqual(variables, {
    PERSIST_SESSION_SERVICE: `unix:${join(cwd, ".persist-session/service.sock")}`,
    PERSIST_SESSION_RESUME: '{"for":3600,"max":500}',
  });
  const output = startStreamlit(cwd, port, variables);
  await until("Streamlit answers through the gateway", async () => {
    const answer = await fetch(`${running.url}/_stcore/health`).catch(() => undefined);
    return answer?.status === 200;
  });
  const socket = await runScript(running.url);
  await until("the state is there", () => output().includes("COUNT 1"));
  socket.close();
  running.kill("SIGINT");
  assert.deepEqual(await running.ended, { code: 130, signal: null });
});
