import type { Connection } from "../connection.ts";
import { runLoad } from "../load.ts";
import { quantile, shuffled } from "../statistics.ts";
import { AppProcess } from "./app-process.ts";
import { sizes, type StoresVariant, workloads } from "./variants.ts";

/** One variant with one size of state under one workload. */
export interface Throughput {
  readonly variant: string;
  readonly size: string;
  readonly workload: string;
  /** Requests per second, one number for each round. */
  readonly rates: readonly number[];
  /** Milliseconds, over the requests of all rounds. */
  readonly p50: number;
  readonly p99: number;
  /**
   * Milliseconds of processor time that the app takes for a request: what a busy machine does not
   * change. NaN where not known.
   */
  readonly cpu: number;
}

export interface ThroughputPlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly visitors: number;
}

interface Target {
  readonly variant: StoresVariant;
  readonly size: (typeof sizes)[number];
  readonly app: AppProcess;
  readonly connections: readonly Connection[];
}

/** Measures all variants, a little of each in turn, round by round. */
export async function measureThroughput(
  variants: readonly StoresVariant[],
  urls: Readonly<Record<StoresVariant["engine"], string>>,
  { rounds, seconds, visitors }: ThroughputPlan,
  log: (line: string) => void,
): Promise<Throughput[]> {
  const targets: Target[] = [];
  const found: Throughput[] = [];
  try {
    for (const size of sizes) {
      for (const variant of variants) {
        const app = await AppProcess.start(variant.name, urls[variant.engine]);
        const connections: Connection[] = [];
        targets.push({ variant, size, app, connections });
        for (let at = 0; at < visitors; at++) connections.push(await app.visitor(size.bytes));
      }
    }
    for (const workload of workloads) {
      const rates = new Map<Target, number[]>(targets.map((target) => [target, []]));
      const latencies = new Map<Target, number[]>(targets.map((target) => [target, []]));
      const cpu = new Map<Target, number>(targets.map((target) => [target, 0]));
      for (let round = 0; round <= rounds; round++) {
        log(
          round === 0
            ? `${workload.name}: warming up`
            : `${workload.name}: round ${round} of ${rounds}`,
        );
        for (const target of shuffled(targets)) {
          const before = target.app.cpuSeconds();
          const result = await runLoad(target.connections, workload, { seconds, least: 1 });
          if (round === 0) continue;
          rates.get(target)?.push(result.requests / result.seconds);
          latencies.get(target)?.push(...result.latencies);
          cpu.set(target, (cpu.get(target) ?? 0) + target.app.cpuSeconds() - before);
        }
      }
      for (const target of targets) {
        const all = latencies.get(target) ?? [];
        found.push({
          variant: target.variant.name,
          size: target.size.name,
          workload: workload.name,
          rates: rates.get(target) ?? [],
          p50: quantile(all, 0.5),
          p99: quantile(all, 0.99),
          cpu: (1000 * (cpu.get(target) ?? 0)) / all.length,
        });
      }
    }
    return found;
  } finally {
    for (const { app, connections } of targets) {
      for (const connection of connections) connection.close();
      await app.stop();
    }
  }
}
