// One variant in a process of its own: node server.ts <variant> <directory>. Speaks with the bench
// by process messages.
import { readFileSync } from "node:fs";
import type { Server } from "./variant.ts";
import { variants } from "./variant.ts";

/** What the process takes, in bytes. */
export interface Memory {
  /** Held by objects, after a full collection. */
  readonly heap: number;
  /** Bytes outside of the heap: buffers. */
  readonly external: number;
  readonly resident: number;
  /** The most that was ever resident; undefined if the system does not tell. */
  readonly peak: number | undefined;
}

export type ServerMessage = { readonly port: number } | { readonly memory: Memory };
export type ServerRequest = "memory" | "stop";

const [name, directory] = process.argv.slice(2);
const info = variants.find((variant) => variant.name === name);
if (info === undefined || directory === undefined) throw new Error(`No variant "${name ?? ""}".`);

const { variant } = await info.load();
const server: Server = await variant.start(directory);
process.on("disconnect", () => process.exit(0));
process.on("message", (request: ServerRequest) => {
  if (request === "memory") send({ memory: measureMemory() });
  else void server.close().finally(() => process.exit(0));
});
send({ port: server.port });

function send(message: ServerMessage): void {
  process.send?.(message);
}

function measureMemory(): Memory {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, resident: rss, peak: peakMemory() };
}

function peakMemory(): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
    return found?.[1] === undefined ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}
