import type { RootDatabase } from "lmdb";
import { isPersistError } from "../../errors.ts";
import { causeOf, storeError } from "./failures.ts";

/** Runs write transactions. Those that wait at the same time are committed together, which is what makes them fast. */
export class Transactions {
  readonly #database: RootDatabase<Buffer, Uint8Array>;
  readonly #path: string;
  readonly #flush: boolean;
  readonly #underWay = new Set<Promise<unknown>>();
  #alone: Promise<unknown> = Promise.resolve();

  /** With `flush`, a commit is acknowledged when it is on the disk. */
  constructor(database: RootDatabase<Buffer, Uint8Array>, path: string, flush: boolean) {
    this.#database = database;
    this.#path = path;
    this.#flush = flush;
  }

  /**
   * Runs `work` in a transaction and waits until it is durable. `work` may run twice: what is committed together fails
   * together, and a commit that fails because another one did not fit on the disk is tried again by itself.
   */
  async run<Result>(work: () => Result): Promise<Result> {
    const done = this.#commitOrRetry(work);
    this.#underWay.add(done);
    try {
      return await done;
    } catch (error) {
      throw storeError(error, this.#path);
    } finally {
      this.#underWay.delete(done);
    }
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #commitOrRetry<Result>(work: () => Result): Promise<Result> {
    try {
      return await this.#commit(work);
    } catch (error) {
      if (isPersistError(error)) throw error;
      await causeOf(error);
    }
    const again = this.#alone.then(() => this.#commit(work));
    this.#alone = again.catch(causeOf);
    try {
      return await again;
    } catch (error) {
      throw await causeOf(error);
    }
  }

  async #commit<Result>(work: () => Result): Promise<Result> {
    const result = await this.#database.transaction(work);
    if (this.#flush) await this.#database.flushed;
    return result;
  }
}
