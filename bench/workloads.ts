/** A kind of request. All variants serve it under the same path, and answer `{"value": …}`. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** By how much the answered value grows with each request of one visitor: a wrong answer ends the bench. */
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

export interface Size {
  readonly name: string;
  readonly bytes: number;
}

export const sizes: readonly Size[] = [
  { name: "1 KB", bytes: 1_000 },
  { name: "100 KB", bytes: 100_000 },
  { name: "10 MB", bytes: 10_000_000 },
];
