import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, test } from "node:test";
import { until } from "../support/until.ts";
import { testPython } from "../streamlit/test-python.ts";
import { command } from "./command.ts";
import { isRunning } from "./processes.ts";
import { runScript } from "./script-run.ts";
import { useWorkDirectories } from "./work-directory.ts";

const directory = useWorkDirectories();
/**
 * Gives a command a terminal of its own, and hands through what is typed and shown. Ends as the
 * command does.
 */
const inTerminal = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;
const app = {
  "app.py": `
import os
seen = "not yet"
print(f"PROCESS {os.getpid()}", flush=True)
breakpoint()
print(f"GOES ON {seen}", flush=True)
`,
};

test("breakpoint() works when run is started in a terminal, and an interrupt there ends everything, also while the debugger waits", async () => {
  const python = testPython();
  const run = [...command, "run", "app.py", "--port", "0", "--python", python];
  const child = spawn(python, ["-c", inTerminal, process.execPath, ...run], {
    cwd: directory(app),
    env: { ...process.env, STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false", TERM: "dumb" },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  after(() => child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const url = () => /http:\/\/\S+/.exec(output)?.[0] ?? "";
  await until("the command has printed its URL", () => url() !== "");
  (await runScript(url())).on("error", () => {});
  await until("the debugger waits", () => output.includes("(Pdb)"));
  child.stdin.write("seen = 'by hand'\ncontinue\n");
  await until("the script goes on", () => output.includes("GOES ON by hand"));

  (await runScript(url())).on("error", () => {});
  await until("the debugger waits again", () => output.split("PROCESS ").length === 3);
  await until("it has said so", () => output.lastIndexOf("(Pdb)") > output.lastIndexOf("PROCESS "));
  const [, streamlit] = /PROCESS (\d+)/.exec(output) ?? [];
  child.stdin.write("\u0003");
  assert.equal(await ended, 130);
  assert.ok(!isRunning(Number(streamlit)));
});
