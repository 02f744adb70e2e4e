import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "./connection.ts";
import type { ServerProcess } from "./server-process.ts";
import type { Size, Workload } from "./workloads.ts";

/** Bytes that one change makes the server write, on average. */
export interface WrittenPerRequest {
  /** Handed to write calls for files: all write calls, less what went to the client. */
  readonly files: number;
  /** Sent to the disk, whole pages, as the system counts (also for memory-mapped files). */
  readonly disk: number;
}

// What a server writes after its answer is counted too.
const SETTLE_MILLISECONDS = 300;

/**
 * Counts over some requests of one visitor, one after the other. undefined if the system does not
 * count.
 */
export async function writtenPerRequest(
  target: { size: Size; server: ServerProcess; connections: readonly Connection[] },
  workload: Workload,
): Promise<WrittenPerRequest | undefined> {
  const { size, server, connections } = target;
  const connection = connections[0]!;
  const requests = size.bytes > 1_000_000 ? 5 : 40;
  await delay(SETTLE_MILLISECONDS);
  const before = server.written();
  const sentBefore = connection.bytes;
  for (let done = 0; done < requests; done++) {
    await connection.request(workload.method, workload.path);
  }
  await delay(SETTLE_MILLISECONDS);
  const after = server.written();
  if (before === undefined || after === undefined) return undefined;
  const toClient = connection.bytes - sentBefore;
  return {
    files: Math.max(0, after.calls - before.calls - toClient) / requests,
    disk: (after.disk - before.disk) / requests,
  };
}
