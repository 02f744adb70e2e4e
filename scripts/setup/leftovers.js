import { readdirSync, readFileSync } from "node:fs";

/**
 * Kills the processes that a run of tests has left behind, and says which. One that hangs holds the
 * pipe that we write into, and the reader of that would wait for ever. Linux only: elsewhere
 * nothing is looked for.
 *
 * @param {string} mark a text that is in the environment of each of them, and in no other's
 */
export function endLeftovers(mark) {
  if (process.platform !== "linux") return;
  for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    if (Number(pid) === process.pid || !read(pid, "environ").includes(mark)) continue;
    console.error(`Left behind and killed: ${read(pid, "cmdline").split("\0").join(" ")}`);
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * @param {string} pid
 * @param {string} file
 */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
