import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

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

/** All of this machine. Linux needs no program for it, which a small image may well lack. */
function processes(): Process[] {
  return process.platform === "linux" ? inProc() : inTable();
}

function inProc(): Process[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // After the program's name, which may hold anything.
      const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X") return [];
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return [{ pid, parent: Number(parent), line: args.join(" ").trim() }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function inTable(): Process[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row) ?? [])
    .filter(([row, , , state = ""]) => row !== undefined && !state.startsWith("Z"))
    .map(([, pid, parent, , line = ""]) => ({ pid: Number(pid), parent: Number(parent), line }));
}
