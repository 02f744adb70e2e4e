import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../project/imports.ts";
import { testPython } from "../streamlit/test-python.ts";
import { DEADLINE } from "../support/until.ts";
import type { Program } from "./programs.ts";

/**
 * Where the programs of the documents are put: inside the project, so that they find it and its
 * packages by name.
 */
export const workshop = join(root, ".cache/docs");

/** Writes the program into an empty directory of its own and gives the directory. */
export async function placeProgram({ page, name, language, text }: Program): Promise<string> {
  const directory = join(workshop, `${page}-${name}`.replaceAll(/\W+/g, "-"));
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `program.${language}`), text);
  return directory;
}

/** A documented program while it runs. */
export class RunningProgram {
  readonly #directory: string;
  readonly #language: Program["language"];
  #child: ChildProcess;
  #port: Promise<number | undefined> = Promise.resolve(undefined);
  #printed = "";

  constructor(directory: string, language: Program["language"]) {
    this.#directory = directory;
    this.#language = language;
    this.#child = this.#start();
  }

  /** What it printed so far, errors too. */
  get printed(): string {
    return this.#printed;
  }

  /**
   * Its exit code, once it has ended by itself. It is ended, and -1 given, if that takes more than
   * two minutes.
   */
  async end(): Promise<number> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE);
      await once(child, "close");
      clearTimeout(timer);
    }
    return child.exitCode ?? -1;
  }

  /** Where the server that it started answers: `http://127.0.0.1:<port>`. */
  async origin(): Promise<string> {
    const port = await this.#port;
    if (port === undefined) throw new Error(`it started no server:\n${this.#printed}`);
    return `http://127.0.0.1:${port}`;
  }

  /** Kills it as a power failure would and starts it again. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = this.#start();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "close");
  }

  #start(): ChildProcess {
    const [file, args] = commandOf(this.#language);
    const child = spawn(file, args, {
      cwd: this.#directory,
      env: { ...process.env, TSX_TSCONFIG_PATH: join(root, "tsconfig.json") },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const before = this.#printed.length;
    this.#port = new Promise((resolve) => {
      child.once("message", ({ port }: { port: number }) => resolve(port));
      child.once("close", () => resolve(undefined));
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (chunk: string) => {
          this.#printed += chunk;
          const url = /Python [\d.]+: http:\/\/localhost:(\d+)/.exec(this.#printed.slice(before));
          if (this.#language === "py" && url !== null) resolve(Number(url[1]));
        });
      }
    });
    return child;
  }
}

function commandOf(language: Program["language"]): [file: string, args: string[]] {
  const program = `program.${language}`;
  if (language === "sh") return ["bash", ["-euo", "pipefail", program]];
  const node = ["--import", "tsx"];
  if (language === "py") {
    const command = [join(root, "src/cli/main.ts"), "run", program, "--port", "0"];
    return [process.execPath, [...node, ...command, "--python", testPython()]];
  }
  return [process.execPath, [...node, "--import", join(root, "test/docs/any-port.js"), program]];
}
