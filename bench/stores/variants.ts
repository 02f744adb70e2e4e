/** A way to keep state in a server's database that is compared here. */
export interface StoresVariant {
  readonly name: string;
  readonly title: string;
  readonly engine: "redis" | "postgres";
  /** What persist-session is compared with. */
  readonly peer?: string;
}

export const variants: readonly StoresVariant[] = [
  { name: "ours-redis", title: "persist-session, Redis", engine: "redis", peer: "connect-redis" },
  { name: "connect-redis", title: "express-session, connect-redis", engine: "redis" },
  {
    name: "ours-postgres",
    title: "persist-session, PostgreSQL",
    engine: "postgres",
    peer: "connect-pg-simple",
  },
  { name: "connect-pg-simple", title: "express-session, connect-pg-simple", engine: "postgres" },
];

/** How much of state each visitor has. */
export const sizes = [
  { name: "1 KB", bytes: 1_000 },
  { name: "100 KB", bytes: 100_000 },
  { name: "1 MB", bytes: 1_000_000 },
] as const;

export const workloads = [
  {
    name: "restore",
    title: "Restore, and read one small attribute",
    method: "GET",
    path: "/small",
    step: 0,
  },
  { name: "change", title: "Change one small attribute", method: "POST", path: "/small", step: 1 },
] as const;
