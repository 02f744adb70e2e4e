import { execFileSync } from "node:child_process";

/** A process and the command line that it was started with. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly line: string;
}

/** The children of a process. */
export function children(pid: number): Process[] {
  return processes().filter(({ parent }) => parent === pid);
}

/** Whether a process is there; one that has ended and was not waited for does not count. */
export function isRunning(pid: number): boolean {
  return processes().some((process) => process.pid === pid);
}

function processes(): Process[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row) ?? [])
    .filter(([row, , , state = ""]) => row !== undefined && !state.startsWith("Z"))
    .map(([, pid, parent, , line = ""]) => ({ pid: Number(pid), parent: Number(parent), line }));
}
