import type { WorkloadName } from "./workloads.ts";

/** A way to keep state, as a server that is started in a process of its own. */
export interface Variant {
  /** @param directory an empty one, for what is stored @returns the port, on 127.0.0.1 */
  start(directory: string): Promise<Server>;
}

export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

/** What the bench knows of a variant without loading it. */
export interface VariantInfo {
  readonly name: string;
  readonly title: string;
  /** Whether the state survives the server process being killed. */
  readonly durable: boolean;
  /** The workloads that it can do or is measured for, if not all. */
  readonly workloads?: readonly WorkloadName[];
  /** Most bytes of state that it can keep. */
  readonly maxBytes?: number;
  load(): Promise<{ variant: Variant }>;
}

export const variants: readonly VariantInfo[] = [
  {
    name: "bare-express",
    title: "Express 5, no session (state in a variable)",
    durable: false,
    load: async () => await import("./variants/bare-express.ts"),
  },
  {
    name: "ours",
    title: "persist-session, LMDB",
    durable: true,
    load: async () => await import("./variants/ours.ts"),
  },
  {
    name: "ours-peek",
    title: "persist-session, LMDB, with peek()",
    durable: true,
    workloads: ["read-small", "read-list"],
    load: async () => await import("./variants/ours-peek.ts"),
  },
  {
    name: "ours-uncached",
    title: "persist-session, LMDB, nothing kept in the process (cacheBytes: 0)",
    durable: true,
    workloads: ["read-small", "change-small"],
    load: async () => await import("./variants/ours-uncached.ts"),
  },
  {
    name: "ours-unsealed",
    title: "persist-session, LMDB, encrypt: false",
    durable: true,
    load: async () => await import("./variants/ours-unsealed.ts"),
  },
  {
    name: "ours-disk",
    title: 'persist-session, LMDB, durability "disk"',
    durable: true,
    workloads: ["change-small", "push-list"],
    load: async () => await import("./variants/ours-disk.ts"),
  },
  {
    name: "express-session-memory",
    title: "express-session, its memory store",
    durable: false,
    load: async () => await import("./variants/express-session-memory.ts"),
  },
  {
    name: "express-session-file",
    title: "express-session, session-file-store",
    durable: true,
    load: async () => await import("./variants/express-session-file.ts"),
  },
  {
    name: "iron-session",
    title: "iron-session (state in the cookie)",
    durable: true,
    // What a browser keeps of a cookie is 4,096 bytes, and the seal adds about half.
    maxBytes: 2_000,
    load: async () => await import("./variants/iron-session.ts"),
  },
  {
    name: "bare-fastify",
    title: "Fastify 5, no session (state in a variable)",
    durable: false,
    load: async () => await import("./variants/bare-fastify.ts"),
  },
  {
    name: "fastify-session",
    title: "@fastify/session, its memory store",
    durable: false,
    load: async () => await import("./variants/fastify-session.ts"),
  },
];
