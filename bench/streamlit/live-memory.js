// Loaded into a gateway of the bench by NODE_OPTIONS. On SIGUSR2 it collects garbage and writes how
// many bytes are then in use to the file that BENCH_LIVE_MEMORY names.
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const file = process.env["BENCH_LIVE_MEMORY"];
if (file !== undefined) {
  setFlagsFromString("--expose-gc");
  const collect = /** @type {() => void} */ (runInNewContext("gc"));
  process.on("SIGUSR2", () => {
    collect();
    // What the first has freed may hold buffers that the second frees.
    setImmediate(() => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      writeFileSync(`${file}.new`, String(heapUsed + external));
      renameSync(`${file}.new`, file);
    });
  });
}
