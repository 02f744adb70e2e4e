import { type ChildProcess, spawn } from "node:child_process";
import { after } from "node:test";
import { until } from "../support/until.ts";
import { freePort } from "../support/free-port.ts";
import { testPython } from "./test-python.ts";

/** Streamlit alone. */
export interface Direct {
  readonly url: string;
  readonly output: () => string;
}

/** Starts `streamlit run`, for the tests of a file, and ends what is left of it after them. */
export function useDirect(): (
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; health?: string },
) => Promise<Direct> {
  const started: ChildProcess[] = [];
  after(() => {
    for (const child of started) child.kill("SIGKILL");
  });
  return async (args, { cwd, env, health = "/_stcore/health" }) => {
    const port = await freePort();
    const child = spawn(
      testPython(),
      ["-m", "streamlit", "run", ...args, "--server.port", String(port), "--server.headless=true"],
      {
        cwd,
        env: { ...process.env, STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const url = `http://localhost:${port}`;
    await until("Streamlit alone answers", async () => {
      if (child.exitCode !== null) throw new Error(`It ended instead:\n${output}`);
      return await fetch(`${url}${health}`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return { url, output: () => output };
  };
}
