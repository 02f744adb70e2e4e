import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { isRunning } from "./processes.ts";
import { useCommand } from "./running.ts";
import { runScript } from "./script-run.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();
const { run } = useCommand();
const app = { "app.py": 'import streamlit as st\nst.write("here")\nprint("RAN", flush=True)\n' };
/** No other thread of Python's gets a turn before the sum is done. */
const native = { "app.py": 'print("RAN", flush=True)\nsum(range(10**12))\n' };
const busy = { "app.py": 'print("RAN", flush=True)\nwhile True:\n    pass\n' };

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`run ends Streamlit and itself with ${code} when it gets ${signal}`, async () => {
    const running = await run([], { cwd: directory(app) });
    const socket = await runScript(running.url);
    socket.on("error", () => {});
    const streamlit = running.streamlit();
    assert.equal(streamlit.length, 1);
    running.kill(signal);
    assert.deepEqual(await running.ended, { code, signal: null });
    assert.deepEqual(streamlit.filter(isRunning), []);
    assert.doesNotMatch(running.output(), /started again|Error|Traceback/);
  });
}

for (const [what, script] of [
  ["a script is busy", busy],
  ["native code holds the interpreter", native],
] as const) {
  test(`run leaves no process behind when it is killed while ${what}`, async () => {
    const running = await run([], { cwd: directory(script) });
    const socket = await runScript(running.url);
    socket.on("error", () => {});
    await until("the script is busy", () => running.output().includes("RAN"));
    const streamlit = running.streamlit();
    assert.equal(streamlit.length, 1);
    running.kill("SIGKILL");
    await running.ended;
    await until("Streamlit is gone", () => !streamlit.some(isRunning));
  });
}

test("run starts Streamlit again when it was killed, and again when that one was killed", async () => {
  const running = await run([], { cwd: directory(app) });
  for (const times of [1, 2]) {
    const [killed = 0] = running.streamlit();
    process.kill(killed, "SIGKILL");
    await until(
      "it is said",
      () => running.output().split("Streamlit ended (SIGKILL)").length === times + 1,
    );
    await until("Streamlit answers again", async () => {
      const [now] = running.streamlit();
      if (now === undefined || now === killed) return false;
      return await fetch(`${running.url}/_stcore/health`).then(
        ({ status }) => status === 200,
        () => false,
      );
    });
  }
  const streamlit = running.streamlit();
  running.kill("SIGTERM");
  assert.equal((await running.ended).code, 143);
  assert.deepEqual(streamlit.filter(isRunning), []);
});
