import type { Connection } from "./connection.ts";

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly latencies: readonly number[];
}

export interface Budget {
  readonly seconds: number;
  /** Requests that each connection makes at least, however long they take. */
  readonly least: number;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  /** By how much the answered value grows with each request; undefined if that is not known. */
  readonly step: number | undefined;
}

/**
 * Sends requests on all connections at once, each waiting for its answer before the next. Checks
 * what is answered.
 */
export async function runLoad(
  connections: readonly Connection[],
  workload: Request,
  budget: Budget,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + budget.seconds * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      let expected: number | undefined;
      for (let done = 0; done < budget.least || performance.now() < until; done++) {
        const sent = performance.now();
        const value = await connection.request(workload.method, workload.path);
        latencies.push(performance.now() - sent);
        if (expected !== undefined && value !== expected)
          throw new Error(`A wrong answer: ${String(value)} instead of ${String(expected)}.`);
        expected = workload.step === undefined ? undefined : value + workload.step;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { requests: latencies.length, seconds, latencies };
}
