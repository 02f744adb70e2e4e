// npm run bench:streamlit [-- --quick] [-- --part reload,visit,way,cost,sleep,keep] [-- --seed DIR]
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareStreamlit } from "../../scripts/setup/streamlit.js";
import { startChromium } from "../../test/browser/chromium.ts";
import { benchCost, type CostPlan } from "./cost-bench.ts";
import { benchKeep } from "./keep-bench.ts";
import { machineLines } from "./machine.ts";
import { benchReload } from "./reload-bench.ts";
import { report, type Results } from "./report.ts";
import { findSeed } from "./seed.ts";
import { benchFrame } from "./frame-bench.ts";
import { benchSleep, type SleepPlan } from "./sleep-bench.ts";
import { benchVisits } from "./visit-bench.ts";
import { benchWay, type WayPlan } from "./way-bench.ts";

const PARTS = ["reload", "visit", "way", "cost", "sleep", "keep"];

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    part: { type: "string", default: PARTS.join(",") },
    seed: { type: "string" },
  },
});
const { quick } = options;
const parts = options.part.split(",");
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`"${unknown}" is none of: ${PARTS.join(", ")}.`);
const whole = !quick && parts.length === PARTS.length;

const slow = { roundTrip: 100 };
const reloadPlan = { rounds: quick ? 5 : 40, slownesses: [{ roundTrip: 0 }, slow] };
const visitPlan = [
  { slowness: { roundTrip: 0 }, rounds: quick ? 2 : 15 },
  { slowness: slow, rounds: quick ? 1 : 10 },
  { slowness: { roundTrip: 20, bitsPerSecond: 10e6 }, rounds: quick ? 1 : 10 },
];
const wayPlan: WayPlan = {
  near: quick ? { pings: 200, runs: 50, uploads: 1 } : { pings: 4000, runs: 500, uploads: 10 },
  far: quick ? { pings: 10, runs: 10, uploads: 1 } : { pings: 100, runs: 60, uploads: 10 },
  uploadBytes: 200_000_000,
  memory: quick ? { pages: 50, rounds: 2 } : { pages: 300, rounds: 5 },
};
const costPlan: CostPlan = {
  sizes: [1_000, 100_000, 1_000_000],
  rounds: quick ? 2 : 10,
  assignments: 20,
  runs: quick ? 10 : 60,
};
const keepPlan = { clicks: quick ? 10 : 100, restarts: quick ? 2 : 15 };

const sleepPlans: SleepPlan[] = [
  { slowness: { roundTrip: 0 }, rounds: quick ? [3, 2, 1] : [40, 20, 12] },
  { slowness: slow, rounds: quick ? [2, 0, 0] : [30, 0, 0] },
];

const started = performance.now();
const log = (line: string): void => {
  const seconds = (performance.now() - started) / 1000;
  console.error(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
};

const { python, problem } = prepareStreamlit();
if (python === undefined) throw new Error(problem);
// It is not part of this project, and is installed only for what is compared with it.
const needsSeed = parts.some((part) => part === "reload" || part === "cost");
const seed = needsSeed
  ? findSeed(python, options.seed ?? process.env["PERSIST_BENCH_SEED"], log)
  : undefined;
const pythons = { ours: python, ...(seed !== undefined && { seed }) };
const browser = await startChromium();
const has = (part: string): boolean => parts.includes(part);

const results: Results = {
  mode: whole ? "full" : quick ? "quick" : "partial",
  machine: machineLines(python, browser.version()),
  seed: seed !== undefined || !needsSeed,
  ...(has("reload") && { reload: await benchReload(browser, pythons, reloadPlan, log) }),
  ...(has("visit") && { visits: await benchVisits(browser, pythons, visitPlan, log) }),
  ...(has("way") && { way: await benchWay(browser, pythons, wayPlan, log) }),
  ...(has("sleep") && {
    sleep: await benchSleep(browser, pythons, sleepPlans, log),
    frame: benchFrame(quick ? 2000 : 40_000),
  }),
  ...(has("cost") && { cost: await benchCost(browser, pythons, costPlan, log) }),
  ...(has("keep") && { keep: await benchKeep(browser, pythons, keepPlan, log) }),
};
await browser.close();
const page = report(results);
console.log(page);
// Only a full run may replace the results that the project shows.
const directory = fileURLToPath(
  new URL(whole ? "../results/" : "../../.cache/bench/results/", import.meta.url),
);
mkdirSync(directory, { recursive: true });
writeFileSync(`${directory}streamlit.md`, page);
writeFileSync(`${directory}streamlit.json`, `${JSON.stringify(results)}\n`);
log(`done; written to ${whole ? "bench/results/" : ".cache/bench/results/"}streamlit.md`);
