import { once } from "node:events";
import { Connection } from "../connection.ts";
import { cpuSeconds } from "../server-process.ts";
import { WatchedProcess } from "../watched-process.ts";

/** A server of one variant, in a process of its own. */
export class AppProcess {
  readonly port: number;
  readonly #watched: WatchedProcess;

  private constructor(watched: WatchedProcess, port: number) {
    this.#watched = watched;
    this.port = port;
  }

  static async start(variant: string, url: string): Promise<AppProcess> {
    const watched = new WatchedProcess("stores/server.ts", [variant, url]);
    const { port } = await watched.next<{ port: number }>();
    return new AppProcess(watched, port);
  }

  /** A visitor with a session of this size. */
  async visitor(bytes: number): Promise<Connection> {
    const connection = await Connection.open(this.port);
    await connection.request("POST", `/fill?bytes=${bytes}`);
    return connection;
  }

  /** Processor time so far (Linux); NaN elsewhere. */
  cpuSeconds(): number {
    return cpuSeconds(this.#watched.child.pid ?? 0);
  }

  async stop(): Promise<void> {
    const { child } = this.#watched;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.send("stop");
    await ended;
  }
}

/** The same database by another port, through which a proxy counts. */
export function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.port = String(port);
  return through.href;
}
