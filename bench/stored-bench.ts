import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, pairedRatio, quantile, type Ratio, shuffled } from "./statistics.ts";
import type { Task, TaskResult } from "./stored-worker.ts";
import { WatchedProcess } from "./watched-process.ts";

export interface StoredPlan {
  readonly few: number;
  readonly many: number;
  readonly rounds: number;
  readonly visits: number;
  readonly swept: number;
  /** Seconds after which no more is filled in: what is there by then is what is compared. */
  readonly fillSeconds: number;
}

/** What was measured with a number of sessions in the store. Milliseconds and bytes. */
export interface StoredResult {
  readonly count: number;
  readonly fillSeconds: number;
  readonly diskBytes: number;
  readonly restore: Timing;
  readonly commit: Timing;
  /** To remove `swept` expired sessions from among the others. */
  readonly sweep: readonly number[];
  /** In use by a fresh process, and after its visits, without the cache of records. */
  readonly heapAtStart: number;
  readonly heapAfter: number;
  /** The same with the default cache, after many more visits. */
  readonly heapWithCache: number;
}

export interface Timing {
  readonly p50: number;
  readonly p99: number;
  /** The median of each round. */
  readonly rounds: readonly number[];
}

export interface StoredComparison {
  readonly few: StoredResult;
  readonly many: StoredResult;
  readonly restore: Ratio | undefined;
  readonly commit: Ratio | undefined;
  readonly sweep: Ratio | undefined;
}

// Filled in this many at a time, with a look at the clock in between.
const FILL_STEP = 25_000;
// What a stored session takes on the disk, with room to spare: measured, about 900 bytes.
const DISK_BYTES = 3000;

const DEFAULT_CACHE = 64 * 1024 * 1024;

/**
 * Compares many stored sessions with few. The process's own cache of records is off, for it would
 * only be of use to the few.
 */
export async function runStoredBench(
  plan: StoredPlan,
  log: (line: string) => void,
): Promise<StoredComparison> {
  const few = new Population(plan.few);
  const many = new Population(plan.many);
  try {
    for (const [population, count] of [
      [few, plan.few],
      [many, plan.many],
    ] as const) {
      log(`filling LMDB with ${count.toLocaleString("en")} sessions`);
      await population.fill(plan.fillSeconds);
    }
    if (many.count < plan.many) log(`only ${many.count.toLocaleString("en")} in the time there is`);
    await measure(plan, [few, many], log);
    const results = { few: few.result(), many: many.result() };
    return {
      ...results,
      restore: pairedRatio(results.many.restore.rounds, results.few.restore.rounds),
      commit: pairedRatio(results.many.commit.rounds, results.few.commit.rounds),
      sweep: pairedRatio(results.many.sweep, results.few.sweep),
    };
  } finally {
    for (const population of [few, many]) population.remove();
  }
}

async function measure(
  plan: StoredPlan,
  populations: readonly Population[],
  log: (line: string) => void,
): Promise<void> {
  for (const population of populations) await population.open();
  for (let round = 0; round <= plan.rounds; round++) {
    log(round === 0 ? "visits, warming up" : `visits, round ${round} of ${plan.rounds}`);
    for (const population of shuffled(populations)) await population.visit(plan.visits, round > 0);
  }
  for (let round = 1; round <= plan.rounds; round++) {
    log(`sweep, round ${round} of ${plan.rounds}`);
    for (const population of shuffled(populations)) await population.sweep(plan.swept);
  }
  log("heap with the default cache");
  for (const population of populations) await population.finish(plan.visits * 100);
}

/** A store with this many sessions, and the process that works on it. */
class Population {
  readonly #wanted: number;
  readonly #directory = mkdtempSync(join(tmpdir(), "bench-stored-"));
  readonly #restore: number[][] = [];
  readonly #commit: number[][] = [];
  readonly #sweep: number[] = [];
  #worker: Worker | undefined;
  #count = 0;
  #fillSeconds = 0;
  #diskBytes = 0;
  #heapAtStart = 0;
  #heapAfter = 0;
  #heapWithCache = 0;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** How many sessions it has. */
  get count(): number {
    return this.#count;
  }

  async fill(mostSeconds: number): Promise<void> {
    const { bavail, bsize } = statfsSync(this.#directory);
    const needed = this.#wanted * DISK_BYTES;
    if (bavail * bsize < needed) {
      throw new Error(
        `${this.#wanted.toLocaleString("en")} sessions need ${(needed / 1e9).toFixed(1)} GB in ${this.#directory}, and there are ` +
          `${((bavail * bsize) / 1e9).toFixed(1)}. Make room, or set TMPDIR.`,
      );
    }
    const worker = await Worker.start(this.#directory, 0);
    while (this.#count < this.#wanted && this.#fillSeconds < mostSeconds) {
      const count = Math.min(FILL_STEP, this.#wanted - this.#count);
      const { milliseconds = 0 } = await worker.perform({ do: "fill", count });
      this.#count += count;
      this.#fillSeconds += milliseconds / 1000;
    }
    await worker.stop();
    this.#diskBytes = diskUse(join(this.#directory, "store"));
  }

  async open(): Promise<void> {
    this.#worker = await Worker.start(this.#directory, 0);
    this.#heapAtStart = await this.#worker.heap();
  }

  async visit(count: number, counts: boolean): Promise<void> {
    const { restore = [], commit = [] } = await this.#perform({ do: "visit", count, change: true });
    if (!counts) return;
    this.#restore.push([...restore]);
    this.#commit.push([...commit]);
  }

  async sweep(count: number): Promise<void> {
    const { milliseconds = 0 } = await this.#perform({ do: "sweep", count });
    this.#sweep.push(milliseconds);
  }

  async finish(visits: number): Promise<void> {
    this.#heapAfter = (await this.#worker?.heap()) ?? 0;
    await this.#worker?.stop();
    const cached = await Worker.start(this.#directory, DEFAULT_CACHE);
    await cached.perform({ do: "visit", count: visits, change: false });
    this.#heapWithCache = await cached.heap();
    await cached.stop();
  }

  result(): StoredResult {
    return {
      count: this.count,
      fillSeconds: this.#fillSeconds,
      diskBytes: this.#diskBytes,
      restore: timing(this.#restore),
      commit: timing(this.#commit),
      sweep: this.#sweep,
      heapAtStart: this.#heapAtStart,
      heapAfter: this.#heapAfter,
      heapWithCache: this.#heapWithCache,
    };
  }

  remove(): void {
    this.#worker?.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #perform(task: Task): Promise<TaskResult> {
    if (this.#worker === undefined) throw new Error("Not open.");
    return await this.#worker.perform(task);
  }
}

class Worker {
  readonly #watched: WatchedProcess;

  private constructor(watched: WatchedProcess) {
    this.#watched = watched;
  }

  static async start(directory: string, cacheBytes: number): Promise<Worker> {
    const worker = new Worker(
      new WatchedProcess("stored-worker.ts", [directory, String(cacheBytes)]),
    );
    await worker.#watched.next();
    return worker;
  }

  async perform(task: Task): Promise<TaskResult> {
    this.#watched.child.send(task);
    return await this.#watched.next<TaskResult>();
  }

  async heap(): Promise<number> {
    return (await this.perform({ do: "heap" })).heap ?? 0;
  }

  async stop(): Promise<void> {
    await this.perform({ do: "close" });
    const { child } = this.#watched;
    const exited = once(child, "exit");
    child.disconnect();
    await exited;
  }

  kill(): void {
    this.#watched.child.kill("SIGKILL");
  }
}

function timing(rounds: readonly (readonly number[])[]): Timing {
  const flat = rounds.flat();
  return { p50: median(flat), p99: quantile(flat, 0.99), rounds: rounds.map(median) };
}

function diskUse(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(directory, entry.name)).blocks * 512;
  }
  return bytes;
}
