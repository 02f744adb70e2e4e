import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../scripts/setup/free-port.js";
import { childrenOf } from "../../test/streamlit/process-tree.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const HOST = "127.0.0.1";

/** How an app is served. */
export interface Variant {
  readonly name: string;
  readonly title: string;
  /** In bench/streamlit/apps. */
  readonly app: string;
  /** Absent: Streamlit alone. */
  readonly gateway?: readonly string[];
  /** Served with the Python that has the seed package. */
  readonly seed?: boolean;
  /** What the page shows after one click and a reload. */
  readonly restored: string;
}

export const variants = {
  plain: {
    name: "plain",
    title: "plain Streamlit (restores nothing)",
    app: "plain.py",
    restored: "count: 0",
  },
  resume: {
    name: "resume",
    title: "gateway with resume",
    app: "plain.py",
    gateway: [],
    restored: "count: 1",
  },
  keep: {
    name: "keep",
    title: "gateway with --keep",
    app: "plain.py",
    gateway: ["--keep"],
    restored: "count: 1",
  },
  persisted: {
    name: "persisted",
    title: "gateway with @persist",
    app: "persisted.py",
    gateway: ["--no-resume"],
    restored: "count: 1",
  },
  seed: { name: "seed", title: "seed package", app: "seed.py", seed: true, restored: "count: 1" },
} as const satisfies Record<string, Variant>;

/** Where the two kinds of Python are. */
export interface Pythons {
  readonly ours: string;
  /** With the seed package; absent if that cannot be installed. */
  readonly seed?: { readonly python: string; readonly path?: string };
}

/** A served app. */
export class Server {
  readonly origin: string;
  readonly port: number;
  #child: ChildProcess;
  readonly #directory: string;
  readonly #again: () => Promise<ChildProcess>;

  private constructor(
    port: number,
    child: ChildProcess,
    directory: string,
    again: () => Promise<ChildProcess>,
  ) {
    this.port = port;
    this.origin = `http://${HOST}:${port}`;
    this.#child = child;
    this.#directory = directory;
    this.#again = again;
  }

  get stateDirectory(): string {
    return join(this.#directory, "state");
  }

  /** @param more - for the environment */
  static async start(
    variant: Variant,
    pythons: Pythons,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Server> {
    const directory = mkdtempSync(join(tmpdir(), "persist-session-bench-"));
    const port = await freePort(0, HOST);
    const app = join(root, "bench/streamlit/apps", variant.app);
    const [file, args] = commandOf(variant, pythons, app, port, directory);
    const path = variant.seed === true ? pythons.seed?.path : undefined;
    const env = {
      ...process.env,
      ...more,
      // The seed keeps its files in the temporary directory.
      TMPDIR: directory,
      STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false",
      ...(variant.seed === true && { BENCH_SEED: "1" }),
      ...(path !== undefined && { PYTHONPATH: path }),
    };
    const spawned = async (): Promise<ChildProcess> => {
      const child = spawn(file, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
      // A bench that fails must not leave its servers behind.
      const end = (): boolean => child.kill("SIGKILL");
      process.once("exit", end);
      child.once("exit", () => process.off("exit", end));
      let printed = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-5000)));
      await untilHealthy(port, () => {
        if (child.exitCode !== null)
          throw new Error(`${variant.title} ended at its start:\n${printed}`);
        return true;
      });
      return child;
    };
    return new Server(port, await spawned(), directory, spawned);
  }

  /** Kills Streamlit, and waits until another one serves the app. */
  async restartStreamlit(): Promise<void> {
    const { gateway, streamlit } = this.pids;
    if (gateway === undefined) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
      this.#child = await this.#again();
      return;
    }
    process.kill(streamlit, "SIGKILL");
    await untilHealthy(this.port, () => ![streamlit, gateway].includes(this.pids.streamlit));
  }

  /** The processes: the gateway if there is one, and Streamlit. */
  get pids(): { readonly gateway?: number; readonly streamlit: number } {
    const pid = this.#child.pid ?? 0;
    const streamlit = childrenOf(pid, "persist_session")[0];
    return streamlit === undefined ? { streamlit: pid } : { gateway: pid, streamlit };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function untilHealthy(port: number, isUp: () => boolean): Promise<void> {
  for (;;) {
    const answer = isUp()
      ? await fetch(`http://${HOST}:${port}/_stcore/health`).catch(() => undefined)
      : undefined;
    if (answer?.ok === true) return;
    await delay(50);
  }
}

function commandOf(
  { gateway, seed = false }: Variant,
  pythons: Pythons,
  app: string,
  port: number,
  directory: string,
): [file: string, args: string[]] {
  const python = seed ? pythons.seed?.python : pythons.ours;
  if (python === undefined) throw new Error("The seed package is not available.");
  if (gateway === undefined) {
    const where = ["--server.address", HOST, "--server.port", String(port)];
    const quiet = ["--server.headless", "true"];
    return [python, ["-m", "streamlit", "run", app, ...where, ...quiet]];
  }
  const where = ["--host", HOST, "--port", String(port), "--python", python];
  const state = ["--state-dir", join(directory, "state")];
  const command = ["--import", "tsx", "src/cli/main.ts", "run", app];
  return [process.execPath, [...command, ...where, ...state, ...gateway]];
}
