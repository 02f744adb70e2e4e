import type { Machine } from "../machine.ts";
import { median, pairedRatio } from "../statistics.ts";
import type { Capacity } from "./capacity.ts";
import type { Increments } from "./increments.ts";
import { showRatio, targetsOf } from "./targets.ts";
import type { Throughput, ThroughputPlan } from "./throughput.ts";
import { sizes, variants, workloads } from "./variants.ts";
import type { Wire } from "./wire.ts";

/** All that one run has found. */
export interface Results {
  readonly mode: "full" | "quick";
  readonly machine: Machine;
  readonly plan: ThroughputPlan;
  /** Versions of the database servers. */
  readonly servers: Readonly<Record<string, string>>;
  readonly wire: readonly Wire[];
  readonly throughput: readonly Throughput[];
  readonly increments: readonly Increments[];
  readonly capacity: readonly Capacity[];
}

/** The results as a page for people. */
export function report(results: Results): string {
  return `${[
    ...head(results),
    ...targetSection(results),
    ...wireSection(results.wire),
    ...throughputSection(results.throughput),
    ...incrementSection(results.increments),
  ].join("\n")}\n`;
}

function head({ mode, machine, plan, servers }: Results): string[] {
  const packages = Object.entries(machine.packages)
    .filter(([name]) => /^(express|express-session|connect-|redis|pg)/.test(name))
    .map(([name, version]) => `${name} ${version}`);
  const engines = Object.entries(servers).map(([name, version]) => `${name} ${version}`);
  return [
    "# Bench of the network stores",
    "",
    `Made by \`npm run bench:stores\` (${mode} run) on ${machine.date}, commit ${machine.commit}.`,
    "",
    `- ${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB of memory, ${machine.system}`,
    `- Node ${machine.node}; ${[...engines, ...packages].join(", ")}`,
    "- Client, app and database share the machine. Redis writes nothing to the disk, PostgreSQL does not wait for it (`fsync=off`), for all alike.",
    `- Throughput: ${plan.visitors} visitors at once, ${plan.rounds} rounds of ${plan.seconds} s in which all variants and sizes take turns. A ratio is taken within each`,
    "  round: its median and, in brackets, the smallest and the largest.",
    "",
  ];
}

function targetSection(results: Results): string[] {
  const rows = targetsOf(results).map(({ title, wanted, found, met }) => [
    title,
    wanted,
    found,
    met ? "met" : "**missed**",
  ]);
  return ["## Targets", "", ...table(["target", "wanted", "found", ""], rows), ""];
}

function wireSection(wire: readonly Wire[]): string[] {
  const lines = [
    "## On the wire, for one request",
    "",
    "Counted by a proxy between app and database. A round trip is an answer that follows on something sent. `first`: the session's first request to a process.",
    "",
  ];
  const rows = variants.flatMap(({ name, title }) =>
    sizes.flatMap((size) =>
      wire
        .filter((one) => one.variant === name && one.size === size.name)
        .map(({ what, trips, sent, received }) => [
          title,
          size.name,
          what,
          trips.toFixed(2),
          number(sent),
          number(received),
        ]),
    ),
  );
  const columns = ["", "state", "request", "round trips", "bytes sent", "bytes received"];
  return [...lines, ...table(columns, rows), ""];
}

function throughputSection(throughput: readonly Throughput[]): string[] {
  return workloads.flatMap((workload) => {
    const rows = sizes.flatMap((size) =>
      variants.flatMap(({ name, title, peer }) => {
        const find = (variant?: string) =>
          throughput.find(
            (one) =>
              one.variant === variant && one.size === size.name && one.workload === workload.name,
          );
        const cell = find(name);
        if (cell === undefined) return [];
        const ratio = showRatio(pairedRatio(cell.rates, find(peer)?.rates));
        return [
          [
            size.name,
            title,
            number(median(cell.rates)),
            cell.p50.toFixed(2),
            cell.p99.toFixed(2),
            Number.isNaN(cell.cpu) ? "" : cell.cpu.toFixed(2),
            ratio,
          ],
        ];
      }),
    );
    const columns = ["state", "", "requests/s", "p50 ms", "p99 ms", "app's CPU ms", "× peer"];
    return [`## ${workload.title}`, "", ...table(columns, rows), ""];
  });
}

function incrementSection(increments: readonly Increments[]): string[] {
  const rows = increments.map(({ variant, done, errors, lost, seconds }) => [
    variants.find(({ name }) => name === variant)?.title ?? variant,
    number(done),
    number(errors),
    number(lost),
    seconds.toFixed(1),
  ]);
  return [
    "## Increments of one counter from four processes at once",
    "",
    "persist-session with `update`, the peers in their usual way: `req.session.count++`.",
    "",
    ...table(["", "done", "errors", "lost", "seconds"], rows),
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
