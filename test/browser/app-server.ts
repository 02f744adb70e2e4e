import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../project/imports.ts";
import { freePort } from "../support/free-port.ts";
import { typescript } from "../support/typescript.ts";

/** The example as a process of its own, with a state directory of its own. */
export class AppServer {
  readonly directory: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #origin = "";
  #printed = "";

  private constructor(directory: string, args: readonly string[]) {
    this.directory = directory;
    this.#args = args;
  }

  /** Starts it on a free port. @param args - more of its command line */
  static async start(...args: string[]): Promise<AppServer> {
    const server = new AppServer(await mkdtemp(join(tmpdir(), "persist-session-browser-")), args);
    // A port of its own: it must still be free when the example is started again.
    await server.#start(await freePort());
    return server;
  }

  /** `http://127.0.0.1:<port>`; stays the same over restarts. */
  get origin(): string {
    return this.#origin;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Makes it stand still: it takes no message any more, and its sockets stay open. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Asks it to end. @returns its exit code */
  async stop(signal: "SIGINT" | "SIGTERM" = "SIGTERM"): Promise<number | null> {
    return await this.#end(signal);
  }

  /** Starts it again, on the port that it had. */
  async startAgain(): Promise<void> {
    await this.#start(Number(new URL(this.#origin).port));
  }

  /** Ends it, however it is, and removes its state. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #start(port: number): Promise<void> {
    const options = ["--port", String(port), "--state-dir", join(this.directory, "state")];
    const child = spawn(
      process.execPath,
      [...typescript, "examples/express/server.ts", ...options, ...this.#args],
      { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    this.#printed = "";
    this.#origin = await new Promise<string>((resolve, reject) => {
      child.once("close", () => reject(new Error(`The example did not start:\n${this.#printed}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          this.#printed += chunk;
          const url = /Open (http:\/\/\S+)/.exec(this.#printed)?.[1];
          if (url !== undefined) resolve(url);
        });
      }
    });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, "close");
      child.kill(signal);
      await closed;
    }
    return child.exitCode;
  }
}
