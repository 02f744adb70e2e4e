// npm run bench [-- --quick] [-- --part http|stored] [-- --variants a,b] [-- --workloads a,b] [--
// --sizes "1 KB,10 MB"] [-- --rounds N]
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type HttpPlan, runHttpBench } from "./http-bench.ts";
import { buildLibrary } from "./library.ts";
import { describeMachine } from "./machine.ts";
import { installPeers } from "./peers.ts";
import { report, type Results } from "./report.ts";
import { runStoredBench, type StoredPlan } from "./stored-bench.ts";
import { httpTargets, storedTargets } from "./targets.ts";
import { variants } from "./variant.ts";
import { sizes, workloads } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    part: { type: "string" },
    variants: { type: "string" },
    workloads: { type: "string" },
    sizes: { type: "string" },
    rounds: { type: "string" },
  },
});
const { quick } = options;
const whole =
  !quick &&
  [options.part, options.variants, options.workloads, options.sizes, options.rounds].every(
    isMissing,
  );

const plan: HttpPlan = {
  variants: chosen(variants, options.variants),
  workloads: chosen(workloads, options.workloads),
  sizes: chosen(sizes, options.sizes),
  rounds: Number(options.rounds ?? (quick ? 3 : 5)),
  budget: quick ? { seconds: 0.2, least: 1 } : { seconds: 0.5, least: 1 },
  warmUp: quick ? { seconds: 0.5, least: 1 } : { seconds: 1.5, least: 1 },
};
const storedPlan: StoredPlan = quick
  ? { few: 1_000, many: 50_000, rounds: 3, visits: 300, swept: 200, fillSeconds: 60 }
  : { few: 1_000, many: 1_000_000, rounds: 9, visits: 1_000, swept: 200, fillSeconds: 360 };

const started = performance.now();
const log = (line: string): void => {
  const seconds = (performance.now() - started) / 1000;
  console.error(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
};

installPeers(log);
log("compiling the library");
buildLibrary();
const http = options.part === "stored" ? { cells: [], memory: [] } : await runHttpBench(plan, log);
const stored = options.part === "http" ? undefined : await runStoredBench(storedPlan, log);
const results: Results = {
  mode: whole ? "full" : quick ? "quick" : "partial",
  machine: describeMachine(),
  rounds: plan.rounds,
  secondsPerRound: plan.budget.seconds,
  ...http,
  ...(stored === undefined ? {} : { stored }),
  targets: [
    ...(http.cells.length === 0 ? [] : httpTargets(http.cells)),
    ...(stored === undefined ? [] : storedTargets(stored)),
  ],
};
const page = report(results);
console.log(page);
// Only a full run may replace the results that the project shows.
const directory = fileURLToPath(
  new URL(whole ? "results/" : "../.cache/bench/results/", import.meta.url),
);
mkdirSync(directory, { recursive: true });
writeFileSync(`${directory}README.md`, page);
writeFileSync(`${directory}results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
format(directory);
log(`done; written to ${whole ? "bench/results/" : ".cache/bench/results/"}`);

/** As `npm run format` does, so that a new page passes the project's check. */
function format(path: string): void {
  const oxfmt = fileURLToPath(new URL("../node_modules/oxfmt/bin/oxfmt", import.meta.url));
  spawnSync(process.execPath, [oxfmt, path], { stdio: "ignore" });
}

function isMissing(value: string | undefined): boolean {
  return value === undefined;
}

/** Those of the list that an option names, or all. */
function chosen<T extends { readonly name: string }>(all: readonly T[], names?: string): T[] {
  if (names === undefined) return [...all];
  return names.split(",").map((name) => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new Error(`"${name}" is none of: ${all.map((one) => one.name).join(", ")}.`);
  });
}
