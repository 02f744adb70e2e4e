import { Connection } from "./connection.ts";
import { type Budget, type LoadResult, type Request, runLoad } from "./load.ts";
import type { Memory } from "./server.ts";
import { ServerProcess } from "./server-process.ts";
import { median, quantile, shuffled } from "./statistics.ts";
import type { VariantInfo } from "./variant.ts";
import type { Size, Workload } from "./workloads.ts";
import { writtenPerRequest, type WrittenPerRequest } from "./written.ts";

export interface HttpPlan {
  readonly variants: readonly VariantInfo[];
  readonly sizes: readonly Size[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly budget: Budget;
  readonly warmUp: Budget;
}

/** One variant with one size of state under one workload. */
export interface Cell {
  readonly variant: string;
  readonly size: string;
  readonly workload: string;
  /** Requests per second, one number for each round. */
  readonly rates: readonly number[];
  /** Milliseconds, over the requests of all rounds. */
  readonly p50: number;
  readonly p99: number;
  /**
   * Milliseconds of processor time that the server takes for a request, all its threads together;
   * NaN where not known.
   */
  readonly cpu: number;
  /** The same for each round. */
  readonly cpuRounds: readonly number[];
  readonly requests: number;
  /** For workloads that change something, if the system counts. */
  readonly written?: WrittenPerRequest;
}

/** One server process at the end of its work. */
export interface ProcessMemory extends Memory {
  readonly variant: string;
  readonly size: string;
}

interface Target {
  readonly variant: VariantInfo;
  readonly size: Size;
  readonly server: ServerProcess;
  readonly connections: readonly Connection[];
}

/** Measures all variants, a little of each in turn, round by round. */
export async function runHttpBench(
  plan: HttpPlan,
  log: (line: string) => void,
): Promise<{ cells: Cell[]; memory: ProcessMemory[] }> {
  const targets: Target[] = [];
  try {
    for (const size of plan.sizes) {
      for (const variant of plan.variants) {
        if (size.bytes > (variant.maxBytes ?? Infinity)) continue;
        if (size.only !== undefined && size.only.variant !== variant.name) continue;
        log(`starting ${variant.name}, ${size.name}`);
        targets.push(await startTarget(variant, size));
      }
    }
    const cells: Cell[] = [];
    for (const workload of plan.workloads) {
      cells.push(...(await runWorkload(plan, workload, targets, log)));
    }
    const memory: ProcessMemory[] = [];
    for (const { variant, size, server } of targets) {
      memory.push({ variant: variant.name, size: size.name, ...(await server.memory()) });
    }
    return { cells, memory };
  } finally {
    for (const { connections, server } of targets) {
      for (const connection of connections) connection.close();
      await server.stop();
    }
  }
}

async function startTarget(variant: VariantInfo, size: Size): Promise<Target> {
  const server = await ServerProcess.start(variant.name);
  const connections: Connection[] = [];
  const target = { variant, size, server, connections };
  return await naming(target, "fill", async () => {
    for (let opened = 0; opened < size.visitors; opened++) {
      const connection = await Connection.open(server.port);
      await connection.request("POST", `/fill?bytes=${size.bytes}`);
      connections.push(connection);
    }
    return target;
  });
}

async function load(
  target: Target,
  workload: Request & { readonly name: string },
  budget: Budget,
): Promise<LoadResult> {
  return await naming(
    target,
    workload.name,
    async () => await runLoad(target.connections, workload, budget),
  );
}

/** Adds to a failure which server it came from, and how that server is. */
async function naming<T>(
  { variant, size, server }: Target,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${variant.name}, ${size.name}, ${what}: ${message} ${await server.whatHappened()}`,
      { cause: error },
    );
  }
}

async function runWorkload(
  plan: HttpPlan,
  workload: Workload,
  all: readonly Target[],
  log: (line: string) => void,
): Promise<Cell[]> {
  const taking = all.filter(
    ({ variant, size }) =>
      variant.workloads?.some((name) => name === workload.name) !== false &&
      (size.only === undefined || size.only.workload === workload.name),
  );
  const measured = taking.map((target) => ({
    target,
    // A state that all visitors share cannot be counted up by several at once and checked.
    workload: isShared(target) ? { ...workload, step: undefined } : workload,
    rates: [] as number[],
    latencies: [] as number[][],
    cpu: [] as number[],
  }));
  for (const { target, workload: own } of measured) {
    await load(target, own, plan.warmUp);
  }
  for (let round = 1; round <= plan.rounds; round++) {
    log(`${workload.name}, round ${round} of ${plan.rounds}`);
    for (const { target, workload: own, rates, latencies, cpu } of shuffled(measured)) {
      const before = target.server.cpuSeconds();
      const result = await load(target, own, plan.budget);
      cpu.push((target.server.cpuSeconds() - before) / result.requests);
      rates.push(result.requests / result.seconds);
      latencies.push([...result.latencies]);
    }
  }
  const cells: Cell[] = [];
  for (const { target, rates, latencies, cpu } of measured) {
    const written =
      workload.method === "POST"
        ? await naming(target, workload.name, async () => await writtenPerRequest(target, workload))
        : undefined;
    const flat = latencies.flat();
    cells.push({
      variant: target.variant.name,
      size: target.size.name,
      workload: workload.name,
      rates,
      p50: median(flat),
      p99: quantile(flat, 0.99),
      cpu: median(cpu) * 1000,
      cpuRounds: cpu.map((seconds) => seconds * 1000),
      requests: flat.length,
      ...(written === undefined ? {} : { written }),
    });
  }
  return cells;
}

function isShared({ variant }: Target): boolean {
  return variant.name.startsWith("bare-");
}
