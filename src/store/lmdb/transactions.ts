import { AsyncResource } from "node:async_hooks";
import { setTimeout } from "node:timers/promises";
import type { RootDatabase } from "lmdb";
import { isPersistError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { behind, causeOf, storeError } from "./failures.ts";

/**
 * How often, and how many milliseconds apart, a transaction begins again if LMDB would overwrite a
 * newer one with it.
 */
const BEHIND = { attempts: 400, pause: 5 };

interface Syncing {
  readonly sync: (done: (error?: Error) => void) => void;
}

/** One piece of work, and its caller. */
interface Job<Result> {
  readonly work: () => Result;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  result: Result | undefined;
  failure: { readonly error: unknown } | undefined;
}

/**
 * Runs write transactions. Those that wait at the same time are committed together, which makes
 * them fast. They share one promise of LMDB's: on Node 20 a promise costs several times as much
 * once a process uses AsyncLocalStorage.
 */
export class Transactions {
  readonly #environment: Environment;
  readonly #database: RootDatabase<Buffer, Uint8Array>;
  readonly #path: string;
  readonly #flush: boolean;
  readonly #committed: () => void;
  // LMDB's own promises form a chain. Each would hold the AsyncLocalStorage of the code around it:
  // a request with all its states, long after the request has ended.
  readonly #context = new AsyncResource("persist-session.lmdb", { requireManualDestroy: true });
  readonly #underWay = new Set<Promise<unknown>>();
  /** What the next transaction will do; undefined if nothing waits. */
  #next: Job<unknown>[] | undefined;
  #alone: Promise<unknown> = Promise.resolve();

  /**
   * @param options - with `flush`, a commit is acknowledged once it is on the disk. `committed` is
   * called after each transaction, before its callers are told
   */
  constructor(
    environment: Environment,
    options: { readonly flush: boolean; readonly committed: () => void },
  ) {
    this.#environment = environment;
    this.#database = environment.database;
    this.#path = environment.path;
    this.#flush = options.flush;
    this.#committed = options.committed;
  }

  /**
   * Runs `work` in a transaction and waits until it is durable. `work` may run twice: commits in
   * one transaction fail together, and if one did not fit on the disk, each of the others is tried
   * again by itself.
   */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const job: Job<Result> = { work, resolve, reject, result: undefined, failure: undefined };
      if (this.#next !== undefined) this.#next.push(job as Job<unknown>);
      else this.#start([job as Job<unknown>]);
    });
  }

  /** Waits until no transaction is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #start(jobs: Job<unknown>[]): void {
    this.#next = jobs;
    const done = this.#commit(jobs).then(
      () => this.#answerJobs(jobs),
      async (error: unknown) => await this.#retry(jobs, error),
    );
    this.#underWay.add(done);
    const forget = (): boolean => this.#underWay.delete(done);
    done.then(forget, forget);
  }

  async #commit(jobs: Job<unknown>[]): Promise<void> {
    for (let attempts = 1; !(await this.#attempt(jobs)); attempts++) {
      if (attempts === BEHIND.attempts) throw behind(this.#path);
      await setTimeout(BEHIND.pause);
    }
    if (this.#flush) await this.#sync();
  }

  /**
   * Returns false and does nothing if LMDB has lost sight of the last commit for a moment
   * (decisions/0024).
   */
  async #attempt(jobs: Job<unknown>[]): Promise<boolean> {
    try {
      return await this.#context.runInAsyncScope(() =>
        this.#database.transaction(() => {
          // Work that comes from now on waits for the transaction after this one.
          if (this.#next === jobs) this.#next = undefined;
          const last = this.#environment.lastTransaction.read();
          if (this.#database.getWriteTxnId() <= last) return false;
          for (const job of jobs) attempt(job);
          return true;
        }),
      );
    } finally {
      if (this.#next === jobs) this.#next = undefined;
    }
  }

  /**
   * A commit leaves it to the system to write the page that names its pages. This waits until that
   * page is on the disk too.
   */
  async #sync(): Promise<void> {
    // Not in the package's types.
    const { sync } = this.#database as unknown as Syncing;
    await new Promise<void>((resolve, reject) => {
      sync((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  async #answerJobs(jobs: readonly Job<unknown>[]): Promise<void> {
    this.#committed();
    const again: Job<unknown>[] = [];
    for (const job of jobs) {
      if (job.failure === undefined) job.resolve(job.result);
      else if (isPersistError(job.failure.error)) job.reject(job.failure.error);
      else again.push(job);
    }
    if (again.length > 0) await this.#retry(again, again[0]?.failure?.error);
  }

  /** Tries each one separately, one after the other. */
  async #retry(jobs: readonly Job<unknown>[], error: unknown): Promise<void> {
    await causeOf(error);
    for (const job of jobs) this.#alone = this.#alone.then(() => this.#again(job));
    await this.#alone;
  }

  async #again(job: Job<unknown>): Promise<void> {
    try {
      await this.#commit([job]);
      if (job.failure !== undefined) throw job.failure.error;
    } catch (failure) {
      job.reject(storeError(await causeOf(failure), this.#path));
      return;
    }
    this.#committed();
    job.resolve(job.result);
  }
}

function attempt(job: Job<unknown>): void {
  job.failure = undefined;
  try {
    job.result = job.work();
  } catch (error) {
    job.failure = { error };
  }
}
