import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after } from "node:test";
import { root } from "../project/imports.ts";
import { childrenOf, isRunning, killProcess } from "../streamlit/process-tree.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { install, type Installed } from "./installed.ts";

export interface PlainOptions {
  /** The app's files: paths from the project's root, or contents by name. The first one is run. */
  readonly app: string | Readonly<Record<string, string>>;
  /** Options of Streamlit. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Default: its command `streamlit`. */
  readonly command?: (installed: Installed) => readonly string[];
  /** Default: any free one, by `--server.port`. */
  readonly port?: number;
  /** Leaves the port to Streamlit. It must then be one of `port`. */
  readonly searches?: true;
  /** Where it is reached; default: http://127.0.0.1 and the port. */
  readonly origin?: (port: number) => string;
}

/** `streamlit run`, as its users type it, in an environment in which this package is installed. */
export class PlainStreamlit {
  readonly directory: string;
  readonly port: number;
  readonly origin: string;
  readonly #installed: Installed;
  readonly #options: PlainOptions;
  readonly #script: string;
  #child: ChildProcess | undefined;
  #printed = "";

  private constructor(installed: Installed, options: PlainOptions, port: number) {
    this.directory = mkdtempSync(join(tmpdir(), "persist-session-plain-"));
    this.port = port;
    this.origin = options.origin?.(port) ?? `http://127.0.0.1:${port}`;
    this.#installed = installed;
    this.#options = options;
    this.#script = writeApp(this.directory, options.app);
  }

  /** Starts it and waits until the app answers. */
  static async start(installed: Installed, options: PlainOptions): Promise<PlainStreamlit> {
    const app = new PlainStreamlit(installed, options, options.port ?? (await freePort()));
    try {
      await app.startAgain();
    } catch (error) {
      await app.remove();
      throw error;
    }
    return app;
  }

  /** Starts it, and waits for nothing. The caller removes it. */
  static async begin(installed: Installed, options: PlainOptions): Promise<PlainStreamlit> {
    const app = new PlainStreamlit(installed, options, options.port ?? (await freePort()));
    app.spawn();
    return app;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The process of the gateway; undefined if there is none. */
  get gatewayPid(): number | undefined {
    return childrenOf(this.pid, "serve-streamlit")[0];
  }

  /** All that both have printed. */
  get printed(): string {
    return this.#printed;
  }

  /** The lines that we have printed. */
  get told(): string[] {
    return this.#printed.split("\n").filter((line) => line.startsWith("persist-session: "));
  }

  /** The files of the app are in this directory, which is also the working directory. */
  write(name: string, content: string): void {
    writeFileSync(join(this.directory, name), content);
  }

  async startAgain(): Promise<void> {
    const child = this.spawn();
    await until("Streamlit answers", async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`Streamlit did not start:\n${this.#printed}`);
      return await this.isHealthy();
    });
  }

  /** Runs it until it ends by itself. @returns all that it has printed, and its exit code */
  static async fail(
    installed: Installed,
    options: PlainOptions,
  ): Promise<{ printed: string; code: number | null }> {
    const app = await PlainStreamlit.begin(installed, options);
    try {
      if (app.#child !== undefined) await once(app.#child, "close");
      return { printed: app.printed, code: app.#child?.exitCode ?? null };
    } finally {
      await app.remove();
    }
  }

  /** Starts it, and waits for nothing. */
  spawn(): ChildProcess {
    const { args = [], env, command, searches } = this.#options;
    const [program = "", ...before] = command?.(this.#installed) ?? [this.#installed.streamlit];
    const port = searches === true ? [] : ["--server.port", String(this.port)];
    const child = spawn(
      program,
      [...before, "run", this.#script, "--server.headless", "true", ...port, ...args],
      {
        cwd: this.directory,
        env: {
          ...process.env,
          STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false",
          PERSIST_SESSION_NODE: this.#installed.node,
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => (this.#printed += chunk));
    return child;
  }

  async isHealthy(): Promise<boolean> {
    const answer = await fetch(`${this.origin}/_stcore/health`).catch(() => undefined);
    return answer?.ok === true;
  }

  /** Ends the gateway as a power failure would. @returns the process that was killed */
  async killGateway(): Promise<number> {
    const pid = this.gatewayPid;
    if (pid === undefined) throw new Error(`There is no gateway:\n${this.#printed}`);
    await killProcess(pid);
    return pid;
  }

  /**
   * Ends Streamlit's process alone as a power failure would, and waits until the gateway has
   * followed.
   */
  async kill(): Promise<void> {
    const gateway = this.gatewayPid;
    await this.#end("SIGKILL");
    if (gateway !== undefined) await until("the gateway has followed", () => !isRunning(gateway));
  }

  /** Asks it to end. @returns its exit code */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    return await this.#end(signal);
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      // Not "close": a process that the app has started may hold its output.
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }
}

function writeApp(directory: string, app: PlainOptions["app"]): string {
  if (typeof app === "string") {
    cpSync(join(root, app), join(directory, basename(app)));
    return basename(app);
  }
  for (const [name, content] of Object.entries(app)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return Object.keys(app)[0] ?? "";
}

/**
 * An environment for the tests of a file, and what starts apps in it. All of it is ended and
 * removed after them.
 */
export function useInstalled(): {
  readonly installed: Installed;
  readonly start: (options: PlainOptions) => Promise<PlainStreamlit>;
} {
  const installed = install();
  const started: PlainStreamlit[] = [];
  after(async () => {
    await Promise.all(started.map(async (one) => await one.remove()));
    installed.remove();
  });
  return {
    installed,
    async start(options) {
      const app = await PlainStreamlit.start(installed, options);
      started.push(app);
      return app;
    },
  };
}
