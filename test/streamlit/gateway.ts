import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { typescript } from "../support/typescript.ts";
import { until } from "../support/until.ts";
import { root } from "../project/imports.ts";
import { childrenOf, endChild, isRunning, killProcess } from "./process-tree.ts";
import { testPython } from "./test-python.ts";

export interface GatewayOptions {
  /** Of the script, from the project's root. */
  readonly app: string;
  /** More of the command line. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A state directory that the caller made and removes. */
  readonly stateDirectory?: string;
}

const HOST = "127.0.0.1";

/** `persist-session run`, from source: the gateway, and a real Streamlit that it starts. */
export class Gateway {
  /** What is removed at the end; the state directory lies in it unless it was given. */
  readonly directory: string;
  readonly port: number;
  readonly #options: GatewayOptions;
  #child: ChildProcess | undefined;
  #printed = "";

  private constructor(directory: string, port: number, options: GatewayOptions) {
    this.directory = directory;
    this.port = port;
    this.#options = options;
  }

  /** Starts both on free ports and waits until Streamlit answers. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const directory = await mkdtemp(join(tmpdir(), "persist-session-streamlit-"));
    const gateway = new Gateway(directory, await freePort(), options);
    try {
      await gateway.startAgain();
    } catch (error) {
      await gateway.remove();
      throw error;
    }
    return gateway;
  }

  get origin(): string {
    return `http://${HOST}:${this.port}`;
  }

  get stateDirectory(): string {
    return this.#options.stateDirectory ?? join(this.directory, "state");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The process of Streamlit; undefined while there is none. */
  get streamlitPid(): number | undefined {
    return childrenOf(this.pid, "persist_session")[0];
  }

  /** All that both have printed. */
  get printed(): string {
    return this.#printed;
  }

  /** Starts it on the port that it had. */
  async startAgain(): Promise<void> {
    const { app, args = [], env } = this.#options;
    const where = ["--host", HOST, "--port", String(this.port), "--python", testPython()];
    const state = ["--state-dir", this.stateDirectory];
    const child = spawn(
      process.execPath,
      [...typescript, "src/cli/main.ts", "run", app, ...where, ...state, ...args],
      { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        this.#printed += chunk;
      });
    }
    await until("Streamlit answers through the gateway", async () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`The gateway did not start:\n${this.#printed}`);
      return await this.isHealthy();
    });
  }

  async isHealthy(): Promise<boolean> {
    const answer = await fetch(`${this.origin}/_stcore/health`).catch(() => undefined);
    return answer?.ok === true;
  }

  /**
   * Ends Streamlit as a power failure would; the gateway starts another. @returns the process that
   * was killed
   */
  async killStreamlit(): Promise<number> {
    const pid = this.streamlitPid;
    if (pid === undefined) throw new Error("There is no Streamlit to be killed.");
    await killProcess(pid);
    return pid;
  }

  /** Ends the gateway alone as a power failure would, and waits until Streamlit has noticed. */
  async killGateway(): Promise<void> {
    const streamlit = this.streamlitPid;
    await this.#end("SIGKILL");
    if (streamlit !== undefined)
      await until("Streamlit has ended with its gateway", () => !isRunning(streamlit));
  }

  /** Ends both at once as a power failure would. */
  async killBoth(): Promise<void> {
    const streamlit = this.streamlitPid;
    if (streamlit !== undefined && isRunning(streamlit)) process.kill(streamlit, "SIGKILL");
    await this.#end("SIGKILL");
    if (streamlit !== undefined) await until("Streamlit is gone", () => !isRunning(streamlit));
  }

  /** Asks it to end. @returns its exit code */
  async stop(signal: "SIGINT" | "SIGTERM" = "SIGTERM"): Promise<number | null> {
    return await this.#end(signal);
  }

  /** Ends it, however it is, and removes its state. */
  async remove(): Promise<void> {
    await this.killBoth();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    return this.#child === undefined ? null : await endChild(this.#child, signal);
  }
}
