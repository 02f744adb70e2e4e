import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/until.ts";
import { root } from "../project/imports.ts";
import { freePort } from "../support/free-port.ts";
import { testPython } from "../streamlit/test-python.ts";

/** A real Streamlit on a loopback port, with the binding's hooks, and nothing of the gateway. */
export class Streamlit {
  readonly port: number;
  readonly #directory: string;
  readonly #options: readonly string[];
  #child: ChildProcess | undefined;
  #starts = 0;
  #printed = "";

  private constructor(port: number, directory: string, options: readonly string[]) {
    this.port = port;
    this.#directory = directory;
    this.#options = options;
  }

  /** @param files - the app: `app.py`, and whatever else it needs */
  static async start(
    files: Readonly<Record<string, string>>,
    ...options: string[]
  ): Promise<Streamlit> {
    const directory = await mkdtemp(join(tmpdir(), "persist-session-streamlit-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    const streamlit = new Streamlit(await freePort(), directory, options);
    await streamlit.startAgain();
    return streamlit;
  }

  /** Starts another process of the same app, on a port of its own. Remove that one first. */
  async startAnother(): Promise<Streamlit> {
    const another = new Streamlit(await freePort(), this.#directory, this.#options);
    await another.startAgain();
    return another;
  }

  /** Differs after each start. */
  get start(): string {
    return String(this.#starts);
  }

  get printed(): string {
    return this.#printed;
  }

  async startAgain(): Promise<void> {
    this.#starts++;
    const child = spawn(
      testPython(),
      [
        "-m",
        "persist_session",
        "run",
        "app.py",
        `--server.port=${this.port}`,
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
        ...this.#options,
      ],
      {
        cwd: this.#directory,
        stdio: ["pipe", "pipe", "pipe"],
        env: {
          ...process.env,
          PYTHONPATH: join(root, "python"),
          PYTHONDONTWRITEBYTECODE: "1",
          PERSIST_SESSION_RESUME: JSON.stringify({ for: 600, max: 100 }),
        },
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.#printed += text));
    await until("Streamlit is healthy", async () => {
      if (child.exitCode !== null) throw new Error(`Streamlit ended:\n${this.#printed}`);
      const option = this.#options.find((text) => text.startsWith("--server.baseUrlPath="));
      const base = option?.replace("--server.baseUrlPath=", "/") ?? "";
      const url = `http://127.0.0.1:${this.port}${base}/_stcore/health`;
      return await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
