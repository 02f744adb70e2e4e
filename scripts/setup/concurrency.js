import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";

/** More files at a time gain nothing: they all wait for the longest one. */
const MAX_FILES = 12;

/** What a file takes with its browser, its Streamlit and its servers, in bytes. */
const MEMORY_OF_FILE = 1.5 * 2 ** 30;

/**
 * How many test files run at a time. Many tests wait for a page, a server or a process: one file
 * more than there are processors keeps those busy. A container may have fewer of them, and less
 * memory, than its machine.
 *
 * @param {{ processors?: number, memory?: number, root?: string }} [machine] default: this one
 * @returns {number}
 */
export function testConcurrency({
  processors = availableParallelism(),
  memory = ownMemory(),
  root = "/",
} = {}) {
  const files = Math.max(3, Math.ceil(Math.min(processors, quota(root))) + 1);
  return Math.max(1, Math.min(files, Math.floor(memory / MEMORY_OF_FILE), MAX_FILES));
}

/** The memory of the machine, or what of it this process may use, in bytes. */
function ownMemory() {
  // Zero if it is not known; without a limit, more than there is.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * The processor time that Linux gives to this container, in processors.
 *
 * @param {string} root
 */
function quota(root) {
  const read = (/** @type {string} */ file) => {
    try {
      return readFileSync(join(root, "sys/fs/cgroup", file), "utf8").trim();
    } catch {
      return "";
    }
  };
  const [time, period] = read("cpu.max").split(" ").map(Number);
  // The older kind of control groups; -1 is no limit.
  const older = Number(read("cpu/cpu.cfs_quota_us")) / Number(read("cpu/cpu.cfs_period_us"));
  return [Number(time) / Number(period), older].find((found) => found > 0) ?? Infinity;
}
