import { readFileSync } from "node:fs";
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { children } from "../cli/processes.ts";
import { until } from "../support/until.ts";

/** The children of a process whose command line holds the text. */
export function childrenOf(pid: number, text: string): number[] {
  return children(pid)
    .filter(({ line }) => line.includes(text))
    .map((child) => child.pid);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch {
    return false;
  }
}

/**
 * Whether it has ended and its parent has not asked for its exit code: in a container, that may
 * never happen.
 */
function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Other systems have no such file.
    return false;
  }
}

/** Ends a process that is no child of ours as a power failure would, and waits until it is gone. */
export async function killProcess(pid: number): Promise<void> {
  if (isRunning(pid)) process.kill(pid, "SIGKILL");
  await until(`process ${pid} is gone`, () => !isRunning(pid));
}

/** Sends the signal and waits until the child has ended. @returns its exit code */
export async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  }
  return child.exitCode;
}
