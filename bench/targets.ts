import type { Cell } from "./http-bench.ts";
import { pairedRatio, type Ratio } from "./statistics.ts";
import type { StoredComparison } from "./stored-bench.ts";
import { variants } from "./variant.ts";
import { sizes, type WorkloadName } from "./workloads.ts";

/** Something that the bench has to show, and whether it did. */
export interface Target {
  readonly title: string;
  /** What the ratio must at least, or at most, be. */
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  /** undefined if this run did not measure it. */
  readonly ratio: Ratio | undefined;
  /**
   * What the ratio would be if only the servers' processor time counted: hardly depends on what
   * else the machine does, and leaves out waiting for the disk.
   */
  readonly byCpu?: Ratio | undefined;
  readonly note?: string;
}

export function isMet({ bound, ratio }: Target): boolean | undefined {
  if (ratio === undefined) return undefined;
  return "atLeast" in bound ? ratio.median >= bound.atLeast : ratio.median <= bound.atMost;
}

/** The targets of the HTTP part. */
export function httpTargets(cells: readonly Cell[]): Target[] {
  const rates = (variant: string, size: string, workload: WorkloadName) =>
    cells.find(
      (cell) => cell.variant === variant && cell.size === size && cell.workload === workload,
    )?.rates;
  const cpu = (variant: string, size: string, workload: WorkloadName) =>
    cells.find(
      (cell) => cell.variant === variant && cell.size === size && cell.workload === workload,
    )?.cpuRounds;
  const [small, middle, large, smallFew] = sizes.map(({ name }) => name) as [
    string,
    string,
    string,
    string,
  ];
  const change = (size: string, factor: number): Target => ({
    title: `Changing one small attribute, ${size}: throughput against session-file-store`,
    bound: { atLeast: factor },
    ratio: pairedRatio(
      rates("ours", size, "change-small"),
      rates("express-session-file", size, "change-small"),
    ),
    byCpu: pairedRatio(
      cpu("express-session-file", size, "change-small"),
      cpu("ours", size, "change-small"),
    ),
  });
  return [
    ...[small, middle, large].map((size): Target => ({
      title: `Reading one small attribute, ${size}: throughput against the route with no session`,
      bound: { atLeast: 0.8 },
      ratio: pairedRatio(
        rates("ours", size, "read-small"),
        rates("bare-express", size, "read-small"),
      ),
      byCpu: pairedRatio(cpu("bare-express", size, "read-small"), cpu("ours", size, "read-small")),
    })),
    change(small, 2),
    change(middle, 20),
    {
      title: `Changing one small attribute: cost (time per request) at ${large} against ${small}, as few visitors`,
      bound: { atMost: 1.5 },
      ratio: pairedRatio(
        rates("ours", smallFew, "change-small"),
        rates("ours", large, "change-small"),
      ),
      byCpu: pairedRatio(cpu("ours", large, "change-small"), cpu("ours", smallFew, "change-small")),
    },
    ...(
      [
        ["Reading one small attribute", "read-small"],
        ["Changing one small attribute", "change-small"],
        ["Reading the list", "read-list"],
        ["Pushing onto the list", "push-list"],
      ] as const
    ).map(([what, workload]): Target => ({
      title: `${what}, ${small}: throughput with sealed values against unsealed ones`,
      bound: { atLeast: 0.95 },
      ratio: pairedRatio(rates("ours", small, workload), rates("ours-unsealed", small, workload)),
      byCpu: pairedRatio(cpu("ours-unsealed", small, workload), cpu("ours", small, workload)),
    })),
    ...[small, middle, large].flatMap((size) => [
      againstBestDurable("Reading the list with restore()", "ours", size, "read-list", rates),
      againstBestDurable("Reading the list with peek()", "ours-peek", size, "read-list", rates),
      againstBestDurable("Pushing onto the list", "ours", size, "push-list", rates),
    ]),
  ];
}

function againstBestDurable(
  what: string,
  ours: string,
  size: string,
  workload: WorkloadName,
  rates: (variant: string, size: string, workload: WorkloadName) => readonly number[] | undefined,
): Target {
  const peers = variants
    .filter(({ name, durable }) => durable && !name.startsWith("ours"))
    .map(({ name }) => ({
      name,
      ratio: pairedRatio(rates(ours, size, workload), rates(name, size, workload)),
    }))
    .filter(({ ratio }) => ratio !== undefined)
    .toSorted((a, b) => (a.ratio?.median ?? 0) - (b.ratio?.median ?? 0));
  const best = peers[0];
  return {
    title: `${what}, ${size}: throughput against the best durable peer`,
    bound: { atLeast: 1 },
    ratio: best?.ratio,
    ...(best === undefined ? {} : { note: best.name }),
  };
}

/** The targets of the part with many stored sessions. */
export function storedTargets({ few, many, restore, commit }: StoredComparison): Target[] {
  const counts = `${many.count.toLocaleString("en")} stored sessions against ${few.count.toLocaleString("en")}`;
  const heap = many.heapAfter / few.heapAfter;
  return [
    { title: `Median restore, ${counts}`, bound: { atMost: 1.5 }, ratio: restore },
    { title: `Median commit, ${counts}`, bound: { atMost: 1.5 }, ratio: commit },
    {
      title: `Heap in use, ${counts}`,
      // Some noise between two processes; anything that is kept for each of a million sessions
      // would be far more.
      bound: { atMost: 1.1 },
      ratio: { median: heap, min: heap, max: heap },
    },
  ];
}
