import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Kills the processes that a run of tests has left behind, and says which. One that hangs holds the
 * pipe that we write into, and the reader of that would wait for ever. Linux only: elsewhere
 * nothing is looked for.
 *
 * A program that writes its title over its environment is found by its working directory, see
 * `test/support/server-directory.ts`.
 *
 * @param {string} run the name that PERSIST_TEST_RUN had in it, and in no other run
 */
export function endLeftovers(run) {
  if (process.platform !== "linux") return;
  for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    const isOne =
      read(() => readFileSync(`/proc/${pid}/environ`, "utf8")).includes(
        `PERSIST_TEST_RUN=${run}`,
      ) || read(() => readlinkSync(`/proc/${pid}/cwd`)).includes(run);
    if (!isOne || Number(pid) === process.pid) continue;
    const line = read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    console.error(`Left behind and killed: ${line.split("\0").join(" ")}`);
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** @param {() => string} look what fails if the process has ended, or is another user's */
function read(look) {
  try {
    return look();
  } catch {
    return "";
  }
}
