import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { delimiter } from "node:path";
import { PersistError } from "../../errors.ts";
import { untilHealthy } from "./health.ts";
import { freePort } from "./listen.ts";
import { normalBasePath } from "../proxy/base-path.ts";
import { readReport, type StreamlitReport } from "./report.ts";

/** What is to be run. */
export interface StreamlitCommand {
  readonly python: string;
  readonly script: string;
  /** Streamlit's own options, and after another `--` those of the script. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** The environment, with the variables for the Python side. */
  readonly env: NodeJS.ProcessEnv;
  /** What `server.baseUrlPath` is to be; undefined leaves it to the app's configuration. */
  readonly basePath?: string | undefined;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Looks at what Streamlit's configuration says, before Streamlit is up. */
export type Configured = (report: StreamlitReport) => Promise<void>;

const PACKAGE = fileURLToPath(new URL("../../../python", import.meta.url));
// Descriptors of the child.
const REPORT = 3;
const PARENT = 4;
// Streamlit ends at once unless a script holds it up; then its pipe is closed, which ends it a second later.
const PATIENCE = { pipe: 5000, kill: 8000 };

/** One running Streamlit. Its output goes where ours goes. */
export class StreamlitProcess {
  readonly port: number;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #parent: Duplex;
  readonly #report: Promise<StreamlitReport | undefined>;
  readonly #basePath: string | undefined;

  private constructor(command: StreamlitCommand, port: number) {
    const { python, script, args, cwd, env, basePath } = command;
    this.port = port;
    this.#basePath = basePath;
    this.#child = spawn(python, ["-m", "persist_session", "run", script, ...args], {
      cwd,
      env: {
        ...env,
        PYTHONPATH: [PACKAGE, env["PYTHONPATH"]].filter(Boolean).join(delimiter),
        PERSIST_SESSION_LAUNCH: JSON.stringify({ port, basePath, report: REPORT, parent: PARENT }),
      },
      // A terminal is the app's, for `breakpoint()`; what else is there is not meant for it. Streamlit ends when the last of these pipes
      // does, and that ends with this process, however this one ends.
      stdio: [isatty(0) ? "inherit" : "ignore", "inherit", "inherit", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
      this.#child.once("error", () => resolve({ code: null, signal: null }));
    });
    this.#parent = this.#child.stdio[PARENT] as Duplex;
    this.#parent.on("error", () => {});
    this.#report = readReport(this.#child.stdio[REPORT] as Readable);
  }

  static async start(command: StreamlitCommand): Promise<StreamlitProcess> {
    return new StreamlitProcess(command, await freePort());
  }

  /**
   * Waits until Streamlit answers, and gives what its configuration says.
   *
   * @param configured - is told that as soon as it is known; what it throws is thrown here
   * @throws PersistError `ERR_STREAMLIT_START` where it ends before that
   */
  async ready(configured: Configured): Promise<StreamlitReport> {
    const report = await this.#report;
    if (report !== undefined) await configured(report);
    const waiting = new AbortController();
    const gone = this.ended.then((ending) => {
      waiting.abort();
      return ending;
    });
    if (report !== undefined) {
      try {
        const basePath = normalBasePath(this.#basePath ?? report.basePath);
        await untilHealthy(this.port, basePath, waiting.signal);
        return report;
      } catch (error) {
        if (!waiting.signal.aborted) throw error;
      }
    }
    throw new PersistError(
      "ERR_STREAMLIT_START",
      `Streamlit ended before it was ready (${describeEnding(await gone)}). Its own output above says why.`,
    );
  }

  /** Ends it and waits until it is gone: asked nicely first, by force in the end. */
  async stop(): Promise<void> {
    const steps = [
      setTimeout(() => this.#parent.destroy(), PATIENCE.pipe),
      setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE.kill),
    ];
    this.#child.kill("SIGTERM");
    await this.ended;
    for (const step of steps) clearTimeout(step);
  }
}

/** "exit code 1" or "SIGKILL". */
export function describeEnding({ code, signal }: Ending): string {
  return signal ?? (code === null ? "it did not start" : `exit code ${code}`);
}
