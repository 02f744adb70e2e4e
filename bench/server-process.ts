import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Memory, ServerMessage, ServerRequest } from "./server.ts";
import { WatchedProcess } from "./watched-process.ts";

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
  readonly #watched: WatchedProcess;
  readonly #directory: string;

  private constructor(watched: WatchedProcess, directory: string, port: number) {
    this.#watched = watched;
    this.#directory = directory;
    this.port = port;
  }

  static async start(variant: string, arguments_: readonly string[] = []): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), `bench-${variant}-`));
    const watched = new WatchedProcess("server.ts", [variant, directory], arguments_);
    const message = await watched.next<ServerMessage>();
    if (!("port" in message)) throw new Error(`${variant} did not start.`);
    return new ServerProcess(watched, directory, message.port);
  }

  get #pid(): string {
    return String(this.#watched.child.pid);
  }

  /**
   * Whether and how the process has ended, and what it said last: what makes the failure of a
   * request plain.
   */
  async whatHappened(): Promise<string> {
    return await this.#watched.whatHappened();
  }

  async memory(): Promise<Memory> {
    this.#ask("memory");
    const message = await this.#watched.next<ServerMessage>();
    if (!("memory" in message)) throw new Error("Not what was asked for.");
    return message.memory;
  }

  /** undefined if the system does not count. */
  written(): Written | undefined {
    try {
      const text = readFileSync(`/proc/${this.#pid}/io`, "utf8");
      const count = (name: string) =>
        Number(new RegExp(`^${name}: (\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
      return { calls: count("wchar"), disk: count("write_bytes") };
    } catch {
      return undefined;
    }
  }

  /** Processor time of all its threads so far (Linux); NaN elsewhere. */
  cpuSeconds(): number {
    return cpuSeconds(this.#pid);
  }

  async stop(): Promise<void> {
    const { child } = this.#watched;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      this.#ask("stop");
      await exited;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #ask(request: ServerRequest): void {
    this.#watched.child.send(request);
  }
}

/** Processor time of all threads of a process so far (Linux); NaN elsewhere. */
export function cpuSeconds(pid: string | number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // In user and in system mode, in the clock ticks of Linux' interface, of which 100 are a
    // second.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}
