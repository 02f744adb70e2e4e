import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isRunning } from "../streamlit/process-tree.ts";
import { MAX_WAIT, until } from "./until.ts";

/**
 * Takes a lock between the processes of one machine. One whose owner was killed is given up first.
 *
 * @param lock - the path of a file
 * @returns false if it is taken: ask again
 */
export function takeLock(lock: string): boolean {
  // A lock is there with its text or not at all.
  const draft = `${lock}-${process.pid}`;
  writeFileSync(draft, nameOf(process.pid));
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const owner = ownerOf(lock);
  if (owner !== undefined && hasEnded(owner)) giveUp(lock, owner);
  return false;
}

/** Gives a lock back if this process has it. */
export function releaseLock(lock: string): void {
  if (isOurs(lock)) rmSync(lock, { force: true });
}

/** Waits for a lock and keeps it until this process ends. */
export async function holdLock(lock: string): Promise<void> {
  if (isOurs(lock)) return;
  await until(`${lock} is free`, () => takeLock(lock), MAX_WAIT);
  process.once("exit", () => releaseLock(lock));
}

/**
 * Removes the lock of a process that has ended. Of all that have found it, one at a time may look
 * once more and remove it: by now it may be another's, who is alive.
 */
function giveUp(lock: string, owner: string): void {
  const turn = `${lock}-given-up`;
  if (!takeLock(turn)) return;
  try {
    if (ownerOf(lock) === owner) rmSync(lock, { force: true });
  } finally {
    releaseLock(turn);
  }
}

function isOurs(lock: string): boolean {
  return ownerOf(lock) === nameOf(process.pid);
}

/** The text of a lock, which names its owner. Undefined if there is none. */
function ownerOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return undefined;
  }
}

/** Its id and when it began: another process may get the id after its end. */
function nameOf(pid: number): string {
  return `${pid} ${beginOf(pid)}`;
}

function hasEnded(owner: string): boolean {
  const pid = Number.parseInt(owner, 10);
  return !isRunning(pid) || nameOf(pid) !== owner;
}

/** In the units of Linux; elsewhere the same for all. */
function beginOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the program's name, which may hold anything: the 22nd of all.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
