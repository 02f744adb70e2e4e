import type { Machine } from "../machine.ts";
import { median, pairedRatio, type Ratio } from "../statistics.ts";
import { frameworks } from "./frameworks.ts";
import { type Cell, type Plan, type VariantName, variants, workloads } from "./measure.ts";

/** All that one run has found. */
export interface Results {
  readonly mode: "full" | "quick";
  readonly machine: Machine;
  /** Of the apps, which is not always the one that runs the bench. */
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly plan: Plan;
  readonly cells: readonly Cell[];
}

const LEAST_OF_BARE = 0.85;

/** The results as a page for people. */
export function report(results: Results): string {
  return `${[...head(results), ...targetSection(results.cells), ...sections(results.cells)].join("\n")}\n`;
}

function head({ mode, machine, node, versions, plan }: Results): string[] {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Bench of web frameworks",
    "",
    `Made by \`npm run bench:web\` (${mode} run) on ${machine.date}, commit ${machine.commit}.`,
    "",
    `- ${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB of memory, ${machine.system}`,
    `- Node ${node}; ${packages.join(", ")}`,
    "",
    "The app of each framework is built for production, and each variant runs in a process of its own of that build. " +
      `${plan.visitors} visitors, each with a session of ${plan.bytes} bytes, ask over kept-alive HTTP connections, each waiting for its answer before it asks again; every answer is checked. ` +
      `A cell is measured in ${plan.rounds} rounds of ${plan.seconds} s; in each round all variants take turns in a new order. A ratio is taken within each round: given are its median over the rounds and, in ` +
      "brackets, the smallest and the largest. Client and server share the machine. CPU is the processor time of all threads of the server for one request.",
    "",
  ];
}

function targetSection(cells: readonly Cell[]): string[] {
  const rows = frameworks.flatMap(({ name, title }) =>
    (["ours", "peek"] as const).flatMap((variant) => {
      const ratio = rateRatio(cells, name, variant, "read", "bare");
      if (ratio === undefined) return [];
      return [
        [
          `${title}: a read by ${variant === "peek" ? "peek()" : "restore()"}, throughput against no session`,
          `≥ ${LEAST_OF_BARE}`,
          show(ratio),
          ratio.median >= LEAST_OF_BARE ? "met" : "**missed**",
          show(cpuRatio(cells, name, variant, "read", "bare")),
        ],
      ];
    }),
  );
  const columns = ["target", "wanted", "found", "", "by processor time"];
  return [
    "## Targets",
    "",
    ...table(columns, rows),
    "",
    "By processor time: what the ratio would be if only that of the servers counted. It hardly depends on what else the machine does.",
    "",
  ];
}

function sections(cells: readonly Cell[]): string[] {
  return frameworks.flatMap(({ name: framework, title }) =>
    workloads.flatMap((workload) => {
      const rows = variants.flatMap((variant) => {
        const cell = find(cells, framework, variant.name, workload.name);
        if (cell === undefined) return [];
        return [
          [
            variant.title,
            Math.round(median(cell.rates)).toLocaleString("en-US"),
            cell.p50.toFixed(2),
            cell.p99.toFixed(2),
            median(cell.cpu).toFixed(3),
            show(rateRatio(cells, framework, variant.name, workload.name, "bare")),
            show(rateRatio(cells, framework, variant.name, workload.name, "iron")),
          ],
        ];
      });
      const columns = [
        "",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "CPU ms",
        "× no session",
        "× iron-session",
      ];
      return [`## ${title}: ${workload.title.toLowerCase()}`, "", ...table(columns, rows), ""];
    }),
  );
}

function find(cells: readonly Cell[], framework: string, variant: string, workload: string) {
  return cells.find(
    (one) => one.framework === framework && one.variant === variant && one.workload === workload,
  );
}

function rateRatio(
  cells: readonly Cell[],
  framework: string,
  variant: VariantName,
  workload: string,
  against: VariantName,
): Ratio | undefined {
  return pairedRatio(
    find(cells, framework, variant, workload)?.rates,
    find(cells, framework, against, workload)?.rates,
  );
}

/** More is better, as with throughput. */
function cpuRatio(
  cells: readonly Cell[],
  framework: string,
  variant: VariantName,
  workload: string,
  against: VariantName,
): Ratio | undefined {
  return pairedRatio(
    find(cells, framework, against, workload)?.cpu,
    find(cells, framework, variant, workload)?.cpu,
  );
}

function show(ratio: Ratio | undefined): string {
  if (ratio === undefined || Number.isNaN(ratio.median)) return "";
  return `${ratio.median.toFixed(3)} (${ratio.min.toFixed(3)} to ${ratio.max.toFixed(3)})`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (values: readonly string[]) => `| ${values.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
}
