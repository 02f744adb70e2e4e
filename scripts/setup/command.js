import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./project.js";

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd] default: the project's root
 * @property {NodeJS.ProcessEnv} [env]
 * @property {(line: string) => void} [onLine]
 * @property {AbortSignal} [signal] asks the program to end (SIGTERM)
 * @property {number} [grace] the milliseconds that the program has to end after a signal, before it
 * is killed; default: any time
 * @property {() => void} [onExit] called when the program has ended, before all of its output is
 * read
 */

const FORWARDED = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

let interrupted = false;

/**
 * Whether a signal has asked to end a program that `runCommand` ran: then the next one is not run.
 */
export function wasInterrupted() {
  return interrupted;
}

/**
 * Runs a program in the project's root and gives its exit code. The program sees this one's
 * terminal and gets the signals that this one gets; if a signal ended it, the code is the shell's:
 * 128 and the signal's number.
 *
 * With `onLine`, its standard output is handed over line by line instead.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<number>}
 */
export async function runCommand(
  file,
  args,
  { cwd = root, env = process.env, onLine, signal, grace, onExit } = {},
) {
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: ["inherit", onLine === undefined ? "inherit" : "pipe", "inherit"],
  });
  // Ctrl-C reaches the whole process group, so the program has its signal already. A second copy
  // could be taken for a second Ctrl-C; a signal that was sent to this process alone must be passed
  // on.
  const interactive = process.stdin.isTTY;
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    interrupted = true;
    pass(signal);
  };
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    if (!(interactive && signal === "SIGINT")) child.kill(signal);
    killLater();
  };
  /** @type {NodeJS.Timeout | undefined} */
  let killing;
  const killLater = () => {
    if (grace !== undefined) killing ??= setTimeout(kill, grace);
  };
  const kill = () => {
    child.kill("SIGKILL");
    // What it has started may hold its output open.
    child.stdout?.destroy();
  };
  for (const name of FORWARDED) process.on(name, forward);
  const end = () => pass("SIGTERM");
  if (signal?.aborted === true) end();
  signal?.addEventListener("abort", end);
  if (child.stdout !== null && onLine !== undefined) readLines(child.stdout, onLine);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      if (onExit !== undefined) child.once("exit", onExit);
      child.once("close", (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    clearTimeout(killing);
    for (const name of FORWARDED) process.off(name, forward);
    signal?.removeEventListener("abort", end);
  }
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} onLine
 */
function readLines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (/** @type {string} */ chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
