// npm run bench:web [-- --quick]
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { type BuiltApp, buildApp, frameworks, nodeVersion } from "./frameworks.ts";
import { measure, type Plan } from "./measure.ts";
import { report, type Results } from "./report.ts";

const { quick } = parseArgs({ options: { quick: { type: "boolean", default: false } } }).values;
const plan: Plan = quick
  ? { rounds: 3, seconds: 0.5, warmUp: { seconds: 1, least: 20 }, visitors: 16, bytes: 1000 }
  : { rounds: 11, seconds: 1, warmUp: { seconds: 2, least: 150 }, visitors: 16, bytes: 1000 };

const started = performance.now();
const log = (line: string): void => {
  const seconds = (performance.now() - started) / 1000;
  console.error(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
};

const apps: BuiltApp[] = [];
for (const framework of frameworks) {
  log(`building the app on ${framework.name}`);
  apps.push(await buildApp(framework));
}
const results: Results = {
  mode: quick ? "quick" : "full",
  machine: describeMachine(),
  node: await nodeVersion(),
  versions: Object.assign({}, ...apps.map(({ versions }) => versions)),
  plan,
  cells: await measure(apps, plan, log),
};
const page = report(results);
console.log(page);
// Only a full run may replace the results that the project shows.
const directory = fileURLToPath(
  new URL(quick ? "../../.cache/bench/results/" : "../results/", import.meta.url),
);
mkdirSync(directory, { recursive: true });
writeFileSync(`${directory}web.md`, page);
writeFileSync(`${directory}web.json`, `${JSON.stringify(results, undefined, 2)}\n`);
const oxfmt = fileURLToPath(new URL("../../node_modules/oxfmt/bin/oxfmt", import.meta.url));
spawnSync(process.execPath, [oxfmt, `${directory}web.md`, `${directory}web.json`]);
log(`done; written to ${quick ? ".cache/bench/results/" : "bench/results/"}web.md`);
