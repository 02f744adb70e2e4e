/** A kind of request. All variants serve it under the same path, and answer `{"value": …}`. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /**
   * By how much the answered value grows with each request of one visitor: a wrong answer ends the
   * bench.
   */
  readonly step: 0 | 1;
}

export const workloads = [
  {
    name: "read-small",
    title: "Read one small attribute",
    method: "GET",
    path: "/small",
    step: 0,
  },
  {
    name: "change-small",
    title: "Change one small attribute",
    method: "POST",
    path: "/small",
    step: 1,
  },
  {
    name: "read-list",
    title: "Read the large list (every row)",
    method: "GET",
    path: "/list",
    step: 0,
  },
  {
    name: "push-list",
    title: "Push onto the large list (and drop its first row)",
    method: "POST",
    path: "/list",
    step: 1,
  },
] as const satisfies readonly Workload[];

export type WorkloadName = (typeof workloads)[number]["name"];

/** How much state each visitor has, and how many visitors ask at once. */
export interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly visitors: number;
  /** Where only these are measured. */
  readonly only?: { readonly variant: string; readonly workload: WorkloadName };
}

// What six visitors have of 10 MB just fits into the 64 MiB that a process keeps at hand by
// default.
const FEW = 6;
const MANY = 16;

export const sizes: readonly Size[] = [
  { name: "1 KB", bytes: 1_000, visitors: MANY },
  { name: "100 KB", bytes: 100_000, visitors: MANY },
  { name: "10 MB", bytes: 10_000_000, visitors: FEW },
  {
    // The baseline for 10 MB: commits of many visitors at once cost less each.
    name: "1 KB, fewer visitors",
    bytes: 1_000,
    visitors: FEW,
    only: { variant: "ours", workload: "change-small" },
  },
];
