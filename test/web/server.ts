import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";

/** A framework's production server, as its own process. */
export interface WebServer {
  readonly url: string;
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

interface Start {
  readonly cwd: string;
  readonly node?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly port?: number;
}

/** Starts a server that takes its port from `PORT`, or knows it, and waits until it answers. */
export async function startServer(start: Start): Promise<WebServer> {
  const port = start.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(start.node ?? process.execPath, start.args, {
    cwd: start.cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      PERSIST_TEST_RUN: process.env["PERSIST_TEST_RUN"],
      NODE_ENV: "production",
      PORT: String(port),
      HOST: "127.0.0.1",
      HOSTNAME: "127.0.0.1",
      NEXT_TELEMETRY_DISABLED: "1",
      ...start.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part: Buffer) => (output += part.toString()));
  try {
    await until("the server answers", async () => {
      if (child.exitCode !== null) throw new Error(`the server has ended:\n${output}`);
      return await fetch(url).then(
        () => true,
        () => false,
      );
    });
  } catch (error) {
    await stop(child);
    throw new Error(`the server did not start:\n${output}`, { cause: error });
  }
  return { url, pid: child.pid ?? 0, output: () => output, stop: async () => await stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
