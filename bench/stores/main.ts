// npm run bench:stores [-- --quick]
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startPostgres } from "../../test/store/fixtures/postgres-server.ts";
import { startRedis } from "../../test/store/fixtures/redis-server.ts";
import { findSystemTools } from "../../scripts/setup/system-tools.js";
import { buildLibrary } from "../library.ts";
import { describeMachine } from "../machine.ts";
import { installPeers } from "../peers.ts";
import { measurePostgres, measureRedis } from "./capacity.ts";
import { countIncrements, type Increments } from "./increments.ts";
import { report, type Results } from "./report.ts";
import { updateScalePage } from "./scale.ts";
import { measureThroughput } from "./throughput.ts";
import { variants } from "./variants.ts";
import { countWire, type Wire } from "./wire.ts";

const { quick } = parseArgs({ options: { quick: { type: "boolean", default: false } } }).values;
const plan = quick
  ? { rounds: 2, seconds: 0.3, visitors: 8 }
  : { rounds: 7, seconds: 1.5, visitors: 16 };
const capacityPlan = quick ? { sessions: 500, seconds: 1 } : { sessions: 5_000, seconds: 10 };
const increments = quick ? 1_000 : 10_000;

const scalePage = fileURLToPath(new URL("../../docs/scale.md", import.meta.url));

const started = performance.now();
const log = (line: string): void => {
  const seconds = (performance.now() - started) / 1000;
  console.error(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
};

installPeers(log);
log("compiling the library");
buildLibrary();
Object.assign(process.env, findSystemTools().env);
const [redis, postgres] = [await startRedis(), await startPostgres()];
try {
  const servers = { redis, postgres };
  const wire: Wire[] = [];
  for (const variant of variants) {
    log(`${variant.name}: on the wire`);
    const { port, url } = servers[variant.engine];
    wire.push(...(await countWire(variant, port, url)));
  }
  const urls = { redis: redis.url, postgres: postgres.url };
  const throughput = await measureThroughput(variants, urls, plan, log);
  const counted: Increments[] = [];
  for (const variant of variants) {
    log(`${variant.name}: ${increments} increments`);
    counted.push(await countIncrements(variant, urls[variant.engine], increments));
  }
  log("what the databases spend");
  const capacity = [
    await measureRedis(redis, capacityPlan),
    await measurePostgres(postgres, capacityPlan),
  ];
  const results: Results = {
    mode: quick ? "quick" : "full",
    machine: describeMachine(),
    plan,
    servers: { Redis: version("REDIS_SERVER_PATH"), PostgreSQL: version("POSTGRES_PATH") },
    wire,
    throughput,
    increments: counted,
    capacity,
  };
  const page = report(results);
  console.log(page);
  // Only a full run may replace the results that the project shows.
  const directory = fileURLToPath(
    new URL(quick ? "../../.cache/bench/results/" : "../results/", import.meta.url),
  );
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}stores.md`, page);
  writeFileSync(`${directory}stores.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  // A number that is never measured again rots.
  updateScalePage(quick ? copyOfScale(directory) : scalePage, results);
  log(`done; written to ${quick ? ".cache/bench/results/" : "bench/results/"}stores.md`);
} finally {
  await redis.remove();
  await postgres.remove();
}

function copyOfScale(directory: string): string {
  copyFileSync(scalePage, `${directory}scale.md`);
  return `${directory}scale.md`;
}

function version(tool: string): string {
  const said = execFileSync(process.env[tool] ?? "", ["--version"], { encoding: "utf8" });
  return /\d+\.\d+(\.\d+)?/.exec(said)?.[0] ?? "unknown";
}
