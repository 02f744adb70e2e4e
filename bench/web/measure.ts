import { Connection } from "../connection.ts";
import { type Budget, runLoad } from "../load.ts";
import { cpuSeconds } from "../server-process.ts";
import { median, quantile, shuffled } from "../statistics.ts";
import type { WebServer } from "../../test/web/server.ts";
import type { BuiltApp } from "./frameworks.ts";

export const variants = [
  { name: "bare", title: "no session (state in a variable)" },
  { name: "ours", title: "persist-session, LMDB" },
  { name: "peek", title: "persist-session, LMDB, with peek()" },
  { name: "iron", title: "iron-session (state in the cookie)" },
] as const;

export type VariantName = (typeof variants)[number]["name"];

export const workloads = [
  { name: "read", title: "Read one small attribute", method: "GET", step: 0 },
  { name: "change", title: "Change one small attribute", method: "POST", step: 1 },
] as const;

export type WorkloadName = (typeof workloads)[number]["name"];

export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: Budget;
  readonly visitors: number;
  /** Of state that each visitor has. */
  readonly bytes: number;
}

/** One variant on one framework under one workload. */
export interface Cell {
  readonly framework: string;
  readonly variant: VariantName;
  readonly workload: WorkloadName;
  /** Requests per second, one number for each round. */
  readonly rates: readonly number[];
  /**
   * Milliseconds of processor time that the server takes for a request, one number for each round;
   * NaN where not known.
   */
  readonly cpu: readonly number[];
  /** Milliseconds, over the requests of all rounds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * SvelteKit refuses a change without a type of content, since a form of another site could have
 * sent it.
 */
const HEADERS = "content-type: application/json\r\n";

interface Target {
  readonly app: BuiltApp;
  readonly variant: VariantName;
  readonly server: WebServer;
  readonly connections: readonly Connection[];
}

/** Measures all variants on all frameworks, a little of each in turn, round by round. */
export async function measure(
  apps: readonly BuiltApp[],
  plan: Plan,
  log: (line: string) => void,
): Promise<Cell[]> {
  const targets: Target[] = [];
  try {
    for (const app of apps) {
      for (const { name } of variants) targets.push(await startTarget(app, name, plan));
    }
    const cells: Cell[] = [];
    for (const workload of workloads)
      cells.push(...(await measureOne(targets, workload, plan, log)));
    return cells;
  } finally {
    for (const { connections, server } of targets) {
      for (const connection of connections) connection.close();
      await server.stop();
    }
  }
}

async function startTarget(app: BuiltApp, variant: VariantName, plan: Plan): Promise<Target> {
  const server = await app.start(variant);
  const connections: Connection[] = [];
  const port = Number(new URL(server.url).port);
  for (let at = 0; at < plan.visitors; at++) {
    const connection = await Connection.open(port, HEADERS);
    connections.push(connection);
    await connection.request("PUT", `/${variant}?bytes=${plan.bytes}`);
  }
  return { app, variant, server, connections };
}

async function measureOne(
  targets: readonly Target[],
  workload: (typeof workloads)[number],
  plan: Plan,
  log: (line: string) => void,
): Promise<Cell[]> {
  const load = async ({ app, variant, connections, server }: Target, budget: Budget) => {
    // A state that all visitors share cannot be counted up by several at once and checked.
    const step = variant === "bare" ? undefined : workload.step;
    const request = { method: workload.method, path: `/${variant}`, step };
    try {
      return await runLoad(connections, request, budget);
    } catch (error) {
      const where = `${app.framework.name}, ${variant}, ${workload.name}`;
      throw new Error(`${where}: it failed. The server says:\n${server.output()}`, {
        cause: error,
      });
    }
  };
  const measured = targets.map((target) => ({
    target,
    rates: [] as number[],
    cpu: [] as number[],
    latencies: [] as number[][],
  }));
  for (const target of targets) await load(target, plan.warmUp);
  for (let round = 1; round <= plan.rounds; round++) {
    log(`${workload.name}, round ${round} of ${plan.rounds}`);
    for (const { target, rates, cpu, latencies } of shuffled(measured)) {
      const before = cpuSeconds(target.server.pid);
      const result = await load(target, { seconds: plan.seconds, least: 1 });
      cpu.push(((cpuSeconds(target.server.pid) - before) * 1000) / result.requests);
      rates.push(result.requests / result.seconds);
      latencies.push([...result.latencies]);
    }
  }
  return measured.map(({ target, rates, cpu, latencies }) => ({
    framework: target.app.framework.name,
    variant: target.variant,
    workload: workload.name,
    rates,
    cpu,
    p50: median(latencies.flat()),
    p99: quantile(latencies.flat(), 0.99),
  }));
}
