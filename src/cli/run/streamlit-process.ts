import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { delimiter } from "node:path";
import { PersistError } from "../../errors.ts";
import { HealthPoll } from "./health.ts";
import { freePort } from "./listen.ts";
import { HEALTH_PATH, normalBasePath } from "../../gateway/index.ts";
import { tellOfLongWait } from "./long-wait.ts";
import { type Reports, readReports, type Served, type StreamlitReport } from "./report.ts";

/** The Streamlit to run. */
export interface StreamlitCommand {
  readonly python: string;
  readonly script: string;
  /** Streamlit's own options, and after another `--` those of the script. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** The environment, with the variables for the Python side. */
  readonly env: NodeJS.ProcessEnv;
  /** The value for `server.baseUrlPath`; undefined leaves it to the app's configuration. */
  readonly basePath?: string | undefined;
  /**
   * The gateway's address, if it was chosen on the command line: `server.address` and `server.port`
   * to the app.
   */
  readonly publicHost?: string | undefined;
  readonly publicPort?: number | undefined;
}

/** A Streamlit that answers. */
export interface ReadyStreamlit {
  readonly report: StreamlitReport;
  /**
   * Where Streamlit's routes are: its `server.baseUrlPath`, below the path that `st.App` is mounted
   * at.
   */
  readonly basePath: string;
  /** What is served instead of Streamlit, or why it cannot be followed; in words for the log. */
  readonly instead?: string | undefined;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Called with Streamlit's configuration before Streamlit is up. */
export type Configured = (report: StreamlitReport) => Promise<void>;

/** What `PYTHONPATH` needs for the start module. */
export const PACKAGE = fileURLToPath(new URL("../../../python", import.meta.url));
// Descriptors of the child.
const REPORT = 3;
const PARENT = 4;
// Streamlit ends at once unless a script delays it. Then its pipe is closed, which ends it a second
// later.
const PATIENCE = { pipe: 5000, kill: 8000 };

/** One running Streamlit. It shares our standard output and error. */
export class StreamlitProcess {
  readonly port: number;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #parent: Duplex;
  readonly #reports: Reports;
  readonly #basePath: string | undefined;
  readonly #script: string;

  private constructor(command: StreamlitCommand, port: number) {
    const { python, script, args, cwd, env, basePath, publicHost, publicPort } = command;
    const pythonPath = env["PYTHONPATH"];
    this.port = port;
    this.#basePath = basePath;
    this.#script = script;
    this.#child = spawn(python, ["-m", "persist_session", "run", script, ...args], {
      cwd,
      env: {
        ...env,
        PYTHONPATH: [PACKAGE, pythonPath].filter(Boolean).join(delimiter),
        PERSIST_SESSION_LAUNCH: JSON.stringify({
          port,
          basePath,
          publicHost,
          publicPort,
          pythonPath,
          report: REPORT,
          parent: PARENT,
        }),
      },
      // The app gets a terminal for `breakpoint()`, but no other input. Streamlit ends when the
      // last of these pipes closes, which happens when this process ends, however it ends.
      stdio: [isatty(0) ? "inherit" : "ignore", "inherit", "inherit", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
      this.#child.once("error", () => resolve({ code: null, signal: null }));
    });
    this.#parent = this.#child.stdio[PARENT] as Duplex;
    this.#parent.on("error", () => {});
    this.#reports = readReports(this.#child.stdio[REPORT] as Readable);
  }

  static async start(command: StreamlitCommand): Promise<StreamlitProcess> {
    return new StreamlitProcess(command, await freePort());
  }

  /**
   * Waits until Streamlit answers, and gives its configuration.
   *
   * @param configured - is told that as soon as it is known; what it throws is thrown here
   * @param log - is told what a start waits for that takes long
   * @throws PersistError `ERR_STREAMLIT_START` if it ends before that
   */
  async ready(configured: Configured, log: (line: string) => void): Promise<ReadyStreamlit> {
    const waiting = new AbortController();
    const gone = this.ended.then((ending) => {
      waiting.abort();
      return ending;
    });
    let poll: HealthPoll | undefined;
    let isConfigured = false;
    const endTelling = tellOfLongWait(log, () => {
      if (poll !== undefined)
        return `${poll.url} has to answer 200. The last answer: ${poll.last}.`;
      return isConfigured
        ? `${this.#script} has not been imported.`
        : "its configuration has not been read.";
    });
    try {
      const report = await this.#reports.configuration;
      if (report !== undefined) {
        await configured(report);
        isConfigured = true;
        const served = await this.#reports.served;
        if (served !== undefined) {
          const own = normalBasePath(this.#basePath ?? report.basePath);
          const basePath = served.mount === null ? "" : `${served.mount}${own}`;
          poll = pollOf(this.port, served, basePath);
          await poll.untilReady(waiting.signal);
          return { report, basePath, instead: served.instead };
        }
      }
    } catch (error) {
      if (!waiting.signal.aborted) throw error;
    } finally {
      endTelling();
    }
    throw new PersistError(
      "ERR_STREAMLIT_START",
      `Streamlit ended before it was ready (${describeEnding(await gone)}). Its own output above says why.`,
    );
  }

  /** Ends it and waits until it is gone: by a signal first, by force in the end. */
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

/** Anything other than Streamlit is ready as soon as it answers. */
function pollOf(port: number, { mount }: Served, basePath: string): HealthPoll {
  return mount === null
    ? new HealthPoll(port, "/", () => true)
    : new HealthPoll(port, `${basePath}${HEALTH_PATH}`);
}

/** "exit code 1" or "SIGKILL". */
export function describeEnding({ code, signal }: Ending): string {
  return signal ?? (code === null ? "it did not start" : `exit code ${code}`);
}
