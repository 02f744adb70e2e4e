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
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const owner = ownerOf(lock);
  if (owner !== undefined && owner !== process.pid && !isRunning(owner))
    rmSync(lock, { force: true });
  return false;
}

/** Gives a lock back if this process has it. */
export function releaseLock(lock: string): void {
  if (ownerOf(lock) === process.pid) rmSync(lock, { force: true });
}

/** Waits for a lock and keeps it until this process ends. */
export async function holdLock(lock: string): Promise<void> {
  if (ownerOf(lock) === process.pid) return;
  await until(`${lock} is free`, () => takeLock(lock), MAX_WAIT);
  process.once("exit", () => releaseLock(lock));
}

/** Undefined if there is none. */
function ownerOf(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return undefined;
  }
}
