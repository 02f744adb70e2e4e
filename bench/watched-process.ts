import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** How much of what a process has written to stderr is kept for the error message. */
const KEPT = 4000;

// A connection can be seen to break a moment before the process is seen to have ended.
const GRACE_MILLISECONDS = 1000;

/**
 * A process of the bench that answers by messages. Knows how it ended and what it said, so that a
 * failure names its cause.
 */
export class WatchedProcess {
  readonly child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<void>;
  #stderr = "";

  /** @param file - in this directory */
  constructor(file: string, args: readonly string[], execArgv: readonly string[] = []) {
    this.#name = [file, ...args].join(" ");
    this.child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execArgv: ["--import", "tsx", "--expose-gc", ...execArgv],
      env: { ...process.env, NODE_ENV: "production" },
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      this.#stderr = (this.#stderr + text).slice(-KEPT);
    });
    this.#exited = new Promise((resolve) => this.child.once("exit", () => resolve()));
  }

  /** The next message; a process that ends instead fails with how it ended. */
  async next<Message>(): Promise<Message> {
    return await new Promise<Message>((resolve, reject) => {
      const onExit = () =>
        void this.whatHappened().then((what) => reject(new Error(`${this.#name}: ${what}`)));
      if (this.#ended) return onExit();
      this.child.once("exit", onExit);
      this.child.once("message", (message) => {
        this.child.off("exit", onExit);
        resolve(message as Message);
      });
    });
  }

  async whatHappened(): Promise<string> {
    await Promise.race([this.#exited, delay(GRACE_MILLISECONDS)]);
    const { exitCode, signalCode } = this.child;
    const end = this.#ended
      ? `Its process has ended with ${signalCode === null ? `code ${String(exitCode)}` : signalCode}.`
      : "Its process is still running.";
    const said = this.#stderr.trim();
    return `${end} ${said === "" ? "It has written nothing to stderr." : `Its stderr ends:\n${said}`}`;
  }

  get #ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
