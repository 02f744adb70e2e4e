import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Capacity } from "./capacity.ts";
import type { Results } from "./report.ts";

const [BEGIN, END] = ["<!-- computed: begin -->", "<!-- computed: end -->"];
/** Of the processor that one server may use: beyond it, waiting times grow quickly. */
const BUSY = 0.7;
const GB = 1e9;
/** Cores of the PostgreSQL server in the table. */
const CORES = 8;

/** Puts what was measured into the page that computes with it. */
export function updateScalePage(path: string, results: Results): void {
  const page = readFileSync(path, "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${path} has no place for what is computed.`);
  writeFileSync(path, `${before}${BEGIN}\n\n${scaleTables(results).join("\n")}\n\n${END}${after}`);
  // The project's pages are formatted, this one too.
  execFileSync("npx", ["oxfmt", path], { stdio: "ignore" });
}

function scaleTables({ mode, machine, capacity, wire }: Results): string[] {
  const bytes = (variant: string) => {
    const found = wire.find(
      (one) => one.variant === variant && one.size === "1 KB" && one.what === "change",
    );
    return found === undefined ? 0 : found.sent + found.received;
  };
  const redis = capacity.find(({ engine }) => engine === "redis");
  const postgres = capacity.find(({ engine }) => engine === "postgres");
  if (redis === undefined || postgres === undefined) return [];
  const rows = [
    row("one Redis (one core)", redis, 1, bytes("ours-redis")),
    row("Redis Cluster, 6 primaries", redis, 6, bytes("ours-redis"), 6),
    row(`one PostgreSQL (${CORES} cores)`, postgres, CORES, bytes("ours-postgres")),
  ];
  return [
    `Measured in a ${mode} run on ${machine.date} (${machine.cpu}, commit ${machine.commit}), sessions of 1 KB:`,
    "",
    "| | Redis | PostgreSQL |",
    "| --- | --- | --- |",
    `| processor time of the server, a restore | ${micros(redis.restore)} | ${micros(postgres.restore)} |`,
    `| processor time of the server, a restore and a commit | ${micros(redis.change)} | ${micros(postgres.change)} |`,
    `| bytes of a session at rest | ${round(redis.session)} (memory) | ${round(postgres.session)} (tables and indexes) |`,
    `| bytes on the wire, a restore and a commit | ${round(bytes("ours-redis"))} | ${round(bytes("ours-postgres"))} |`,
    `| write-ahead log of a commit | | ${round(postgres.log ?? 0)} |`,
    "",
    `Computed from that, with ${BUSY * 100} % of the processor time in use:`,
    "",
    "| | reading requests/s | changing requests/s | network for these | sessions of 1 KB in 16 GB a server |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
    `PostgreSQL writes ${((postgres.log ?? 0) * rate(postgres.change, CORES)) / 1e6 < 10 ? (((postgres.log ?? 0) * rate(postgres.change, CORES)) / 1e6).toFixed(1) : round(((postgres.log ?? 0) * rate(postgres.change, CORES)) / 1e6)} MB/s of write-ahead log at that rate.`,
  ];
}

function row(name: string, capacity: Capacity, cores: number, wire: number, servers = 1): string {
  const changing = rate(capacity.change, cores);
  const cells = [
    name,
    round(rate(capacity.restore, cores)),
    round(changing),
    `${round((changing * wire * 8) / 1e6)} Mbit/s`,
    `${((servers * 16 * GB * 0.8) / capacity.session / 1e6).toFixed(0)} million`,
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Requests a second. @param milliseconds - of processor time that one takes */
function rate(milliseconds: number, cores: number): number {
  return (BUSY * cores * 1000) / milliseconds;
}

function micros(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)} µs`;
}

/** To two digits that count: the third would not be true. */
function round(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString("en-US");
}
