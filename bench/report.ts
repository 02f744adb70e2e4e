import type { Cell, ProcessMemory } from "./http-bench.ts";
import type { Machine } from "./machine.ts";
import { median, pairedRatio, type Ratio } from "./statistics.ts";
import type { StoredComparison } from "./stored-bench.ts";
import { isMet, type Target } from "./targets.ts";
import { variants } from "./variant.ts";
import { sizes, workloads } from "./workloads.ts";

const mainSizes = sizes.filter(({ only }) => only === undefined);

/** All that one run has found. */
export interface Results {
  readonly mode: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly cells: readonly Cell[];
  readonly memory: readonly ProcessMemory[];
  readonly stored?: StoredComparison;
  readonly targets: readonly Target[];
}

/** The results as a page for people. */
export function report(results: Results): string {
  return [
    ...head(results),
    ...targetTable(results.targets),
    ...workloads.flatMap((workload) => workloadSection(results.cells, workload)),
    ...writtenSection(results.cells),
    ...memorySection(results.memory),
    ...(results.stored === undefined ? [] : storedSection(results.stored)),
  ].join("\n");
}

function head({ mode, machine, rounds, secondsPerRound, cells }: Results): string[] {
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const http =
    cells.length === 0
      ? []
      : [
          "Each variant runs in a process of its own, for each size. Visitors, each with its own session, ask over kept-alive HTTP",
          "connections, each waiting for its answer before it asks again; every answer is checked. A cell is measured",
          `in ${rounds} rounds of ${secondsPerRound} s or more; in each round all variants and sizes take turns in a new order. A ratio is taken within`,
          "each round: given are its median over the rounds and, in brackets, the smallest and the largest. Client and server share the",
          "machine. The library is measured as it is compiled for publishing. CPU is the processor time of all threads of the server for one request.",
          'session-file-store waits for the disk at each write (fsync). persist-session does so only in the rows with durability "disk"; by',
          "default a commit outlives the end of every process, also by SIGKILL, and a power cut may take the last moments.",
          "",
        ];
  return [
    "# Bench",
    "",
    `Made by \`npm run bench\` (${mode} run) on ${machine.date}, commit ${machine.commit}.`,
    "",
    `- ${machine.cpu}, ${machine.cores} cores, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB of memory, ${machine.system}`,
    `- Node ${machine.node}; ${packages.join(", ")}`,
    "",
    ...http,
  ];
}

function targetTable(targets: readonly Target[]): string[] {
  const verdict = { true: "met", false: "**missed**", undefined: "not measured" };
  const rows = targets.map((target) => {
    const { title, bound, ratio, note } = target;
    const wanted = "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
    const against = note === undefined ? "" : ` (${note})`;
    return [
      title + against,
      wanted,
      showRatio(ratio),
      verdict[`${isMet(target)}`],
      showRatio(target.byCpu),
    ];
  });
  const columns = ["target", "wanted", "found", "", "by processor time"];
  return [
    "## Targets",
    "",
    ...table(columns, rows),
    "",
    "By processor time: what the ratio would be if only that of the servers counted. It hardly depends on what else the machine does, and",
    "leaves out waiting for the disk.",
    "",
  ];
}

function workloadSection(
  cells: readonly Cell[],
  workload: { name: string; title: string },
): string[] {
  const own = cells.filter((cell) => cell.workload === workload.name);
  if (own.length === 0) return [];
  const lines = [`## ${workload.title}`, ""];
  for (const size of sizes) {
    const measured = own.filter((cell) => cell.size === size.name);
    if (measured.length === 0) continue;
    const rates = (name: string) => measured.find(({ variant }) => variant === name)?.rates;
    const rows = variants.flatMap(({ name, title, maxBytes = Infinity }) => {
      const cell = measured.find(({ variant }) => variant === name);
      if (cell === undefined) return maxBytes < size.bytes ? [[title, "does not fit"]] : [];
      return [
        [
          title,
          showNumber(median(cell.rates)),
          showNumber(cell.p50),
          showNumber(cell.p99),
          showNumber(cell.cpu),
          showRatio(pairedRatio(cell.rates, rates(bareOf(name)))),
          showRatio(pairedRatio(cell.rates, rates("express-session-file"))),
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
      "× session-file-store",
    ];
    lines.push(`### ${size.name} (${size.visitors} visitors)`, "", ...table(columns, rows), "");
  }
  return lines;
}

/** The route with no session, in the same framework. */
function bareOf(variant: string): string {
  return variant.includes("fastify") ? "bare-fastify" : "bare-express";
}

function writtenSection(cells: readonly Cell[]): string[] {
  const changing = cells.filter(({ written }) => written !== undefined);
  if (changing.length === 0) return [];
  const rows = variants.flatMap(({ name, title }) =>
    workloads.flatMap((workload) => {
      const own = changing.filter(
        (cell) => cell.variant === name && cell.workload === workload.name,
      );
      if (own.length === 0) return [];
      const show = mainSizes.map(({ name: size }) => {
        const written = own.find((cell) => cell.size === size)?.written;
        return written === undefined
          ? ""
          : `${showBytes(written.files)} / ${showBytes(written.disk)}`;
      });
      return [[title, workload.name, ...show]];
    }),
  );
  return [
    "## Bytes written per change",
    "",
    "Counted by the system for the server's process over changes one after the other (Linux, `/proc/<pid>/io`). First: bytes given to write",
    "calls, less what was sent to the client. Second: bytes of the pages that are to go to the disk.",
    "",
    ...table(["", "workload", ...mainSizes.map(({ name }) => name)], rows),
    "",
  ];
}

function memorySection(memory: readonly ProcessMemory[]): string[] {
  if (memory.length === 0) return [];
  const rows = variants.flatMap(({ name, title }) => {
    const own = memory.filter(({ variant }) => variant === name);
    if (own.length === 0) return [];
    const show = mainSizes.map(({ name: size }) => {
      const found = own.find((entry) => entry.size === size);
      if (found === undefined) return "";
      const numbers = [found.heap, found.external, found.resident, found.peak ?? Number.NaN];
      return numbers.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(" / ");
    });
    return [[title, ...show]];
  });
  return [
    "## Memory of the server",
    "",
    "MiB after all workloads and a full collection: heap in use / buffers outside of it / resident / largest resident ever. What LMDB maps",
    "into memory counts as resident, though the system takes it back when it needs the room.",
    "",
    ...table(["", ...mainSizes.map(({ name }) => name)], rows),
    "",
  ];
}

function storedSection({ few, many, restore, commit, sweep }: StoredComparison): string[] {
  const columns = [few, many].map(({ count }) => `${count.toLocaleString("en")} sessions`);
  const row = (title: string, show: (result: typeof few) => string, ratio?: Ratio): string[] => [
    title,
    show(few),
    show(many),
    ratio === undefined ? "" : showRatio(ratio),
  ];
  return [
    "## Many stored sessions (LMDB)",
    "",
    "Small records of three attributes. Sessions are visited at random, one after the other, by one process whose own cache of records",
    "is off (it would be of use to the few only). Restore: from the token to the state. Commit: one changed attribute.",
    "",
    ...table(
      ["", ...columns, "ratio"],
      [
        row("restore, p50 ms", ({ restore: { p50 } }) => showNumber(p50), restore),
        row("restore, p99 ms", ({ restore: { p99 } }) => showNumber(p99)),
        row("commit, p50 ms", ({ commit: { p50 } }) => showNumber(p50), commit),
        row("commit, p99 ms", ({ commit: { p99 } }) => showNumber(p99)),
        row("sweep of 200 expired among them, ms", (one) => showNumber(median(one.sweep)), sweep),
        row("heap at the start, MiB", ({ heapAtStart }) => mebibytes(heapAtStart)),
        row("heap after the visits, MiB", ({ heapAfter }) => mebibytes(heapAfter)),
        row("heap with the default cache, MiB", ({ heapWithCache }) => mebibytes(heapWithCache)),
        row("filled in, s", ({ fillSeconds }) => showNumber(fillSeconds)),
        row("on the disk", ({ diskBytes }) => showBytes(diskBytes)),
      ],
    ),
    "",
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${columns.map((_, at) => cells[at] ?? "").join(" | ")} |`;
  return [
    line(columns),
    line(columns.map((_, at) => (at === 0 ? "---" : "--:"))),
    ...rows.map(line),
  ];
}

function showRatio(ratio: Ratio | undefined): string {
  if (ratio === undefined) return "";
  return `${showNumber(ratio.median)} (${showNumber(ratio.min)} to ${showNumber(ratio.max)})`;
}

/** Three digits that count. */
function showNumber(value: number): string {
  if (!Number.isFinite(value)) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3).replace(/e.*/, "");
}

function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes.toFixed(0)} B`;
  if (bytes < 1e6) return `${showNumber(bytes / 1000)} KB`;
  return bytes < 1e9 ? `${showNumber(bytes / 1e6)} MB` : `${showNumber(bytes / 1e9)} GB`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
