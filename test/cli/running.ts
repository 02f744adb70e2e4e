import { type ChildProcess, spawn } from "node:child_process";
import { after } from "node:test";
import { until } from "../support/until.ts";
import { command } from "./command.ts";
import { children } from "./processes.ts";
import { testPython } from "../streamlit/test-python.ts";

/** A command that serves, while it runs. */
export interface Running {
  readonly pid: number;
  /** The URL that it printed. */
  readonly url: string;
  /** What it and Streamlit have written so far, both streams together. */
  readonly output: () => string;
  /** The processes of Streamlit, as of now. */
  readonly streamlit: () => number[];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Leaves the port to the configuration. */
  readonly withoutPort?: boolean;
}

/** Starts `persist-session` for the tests of a file, and ends what is left of it after them. */
export function useCommand(): {
  /** Starts it and waits for its URL. */
  readonly start: (args: readonly string[], options: StartOptions) => Promise<Running>;
  /** The same for `run app.py`, on any free port and with a Python that has Streamlit. */
  readonly run: (args: readonly string[], options: StartOptions) => Promise<Running>;
} {
  const started: ChildProcess[] = [];
  after(async () => {
    for (const child of started) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    }
  });
  const start = async (args: readonly string[], { cwd, env }: StartOptions): Promise<Running> => {
    const child = spawn(process.execPath, [...command, ...args], {
      cwd,
      env: { ...process.env, STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    const printed = () => /http:\/\/\S+/.exec(output)?.[0];
    await until("the command has printed its URL", () => {
      if (child.exitCode !== null) throw new Error(`It ended instead:\n${output}`);
      return printed() !== undefined;
    });
    const pid = child.pid ?? 0;
    return {
      pid,
      url: printed() ?? "",
      output: () => output,
      streamlit: () =>
        children(pid)
          .filter(({ line }) => line.includes("persist_session"))
          .map((p) => p.pid),
      ended,
      kill: (signal) => child.kill(signal),
    };
  };
  return {
    start,
    run: async (args, options) =>
      await start(
        ["run", "app.py", "--python", testPython()].concat(
          options.withoutPort === true || args.includes("--port") ? [] : ["--port", "0"],
          args,
        ),
        options,
      ),
  };
}
