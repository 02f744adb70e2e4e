import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Memory, ServerMessage, ServerRequest } from "./server.ts";

/** Counters of the operating system (Linux: /proc/<pid>/io), in bytes. */
export interface Written {
  /** Handed to write calls of every kind, also to sockets. */
  readonly calls: number;
  /** That the process caused to be sent to the disk: whole pages. */
  readonly disk: number;
}

/** A running server of one variant. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string, port: number) {
    this.#child = child;
    this.#directory = directory;
    this.port = port;
  }

  static async start(variant: string): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), `bench-${variant}-`));
    const child = fork(fileURLToPath(new URL("server.ts", import.meta.url)), [variant, directory], {
      execArgv: ["--import", "tsx", "--expose-gc"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    const message = await nextMessage(child);
    if (!("port" in message)) throw new Error(`${variant} did not start.`);
    return new ServerProcess(child, directory, message.port);
  }

  async memory(): Promise<Memory> {
    this.#ask("memory");
    const message = await nextMessage(this.#child);
    if (!("memory" in message)) throw new Error("Not what was asked for.");
    return message.memory;
  }

  /** undefined where the system does not count. */
  written(): Written | undefined {
    try {
      const text = readFileSync(`/proc/${String(this.#child.pid)}/io`, "utf8");
      const count = (name: string) =>
        Number(new RegExp(`^${name}: (\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
      return { calls: count("wchar"), disk: count("write_bytes") };
    } catch {
      return undefined;
    }
  }

  /** Processor time of all its threads so far (Linux); NaN elsewhere. */
  cpuSeconds(): number {
    try {
      const text = readFileSync(`/proc/${String(this.#child.pid)}/stat`, "utf8");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      // In user and in system mode, in the clock ticks of Linux' interface, of which 100 are a second.
      return (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return Number.NaN;
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#ask("stop");
    await exited;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #ask(request: ServerRequest): void {
    this.#child.send(request);
  }
}

async function nextMessage(child: ChildProcess): Promise<ServerMessage> {
  return await new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("A server process ended; its output above says why."));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as ServerMessage);
    });
  });
}
