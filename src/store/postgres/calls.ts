import { setTimeout as delay } from "node:timers/promises";
import { isPersistError, PersistError } from "../../errors.ts";
import { Breaker, PROBE_INTERVAL } from "../breaker.ts";
import { TOO_LATE, within } from "../within.ts";
import type { PostgresLink, Row } from "./client.ts";
import {
  answeredError,
  failureOf,
  isMissing,
  isReadOnly,
  outcomeUnknown,
  unavailable,
} from "./failures.ts";

/** Waits between attempts, in milliseconds: from the first to the longest, doubled each time. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The statement of an attempt that has so many milliseconds. */
export type Request = (wait: number) => Statement;

export interface CallOptions {
  /** Whether it must be said when nobody knows if the statement was carried out. */
  readonly writes: boolean;
  /** The limit to be named where the session would be too large. */
  readonly maxBytes?: number | undefined;
}

/**
 * Runs statements within a bounded time. What got no answer is tried again until the time is over: reads because they change
 * nothing, commits because the server knows a commit that it has done already.
 */
export class Calls {
  readonly #link: PostgresLink;
  readonly #timeout: number;
  readonly #breaker: Breaker;
  /** Sees to it that the tables are there. */
  readonly #prepare: (timeout: number) => Promise<void>;
  readonly #underWay = new Set<Promise<unknown>>();
  #preparing: Promise<void> | undefined;
  #prepared = false;
  #closing: Promise<void> | undefined;
  /** Whether the server has answered with an error that trying again does not mend. */
  refused = false;

  constructor(link: PostgresLink, timeout: number, prepare: (timeout: number) => Promise<void>) {
    this.#link = link;
    this.#timeout = timeout;
    this.#breaker = new Breaker(timeout);
    this.#prepare = prepare;
  }

  /** @throws PersistError `ERR_STORE_CLOSED` */
  checkOpen(): void {
    if (this.#closing === undefined) return;
    throw new PersistError("ERR_STORE_CLOSED", "The PostgreSQL store is closed. Open it again.");
  }

  /** Runs a statement that may be repeated; the rows of its answer. */
  async run(request: Request, options: CallOptions): Promise<readonly Row[]> {
    this.checkOpen();
    const call = this.#untilAnswered(request, options);
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }

  /** Waits for what is under way, which ends within the time of a call. */
  async close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(() => undefined);
    await this.#closing;
  }

  async #untilAnswered(
    request: Request,
    { writes, maxBytes }: CallOptions,
  ): Promise<readonly Row[]> {
    const probing = this.#breaker.open;
    if (!this.#breaker.admits()) {
      throw unavailable(
        `nothing was answered for ${this.#timeout / 1000} s, and it is tried once a second`,
      );
    }
    const deadline = performance.now() + this.#timeout;
    // An attempt gets half of the time, so that one on a dead connection leaves time for another.
    const longest = probing ? Math.min(PROBE_INTERVAL, this.#timeout / 2) : this.#timeout / 2;
    let sent = false;
    let mended = false;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const began = performance.now();
      const wait = Math.max(1, Math.min(longest, deadline - began));
      let sending = false;
      try {
        const attempt = this.#attempt(wait, () => {
          sending = true;
          return request(wait);
        });
        const rows = await within(wait, attempt);
        this.#breaker.answered();
        return rows;
      } catch (error) {
        if (isPersistError(error)) {
          this.refused = true;
          throw error;
        }
        const failure = failureOf(error);
        sent ||= failure.sent && sending;
        const unsettled = writes && sent;
        // The server may have become a replica a moment ago, or been replaced by one that is still empty.
        const mend = !mended && (isReadOnly(failure.code) || isMissing(error));
        if (failure.code !== undefined && !failure.passing && !mend) {
          this.refused = true;
          this.#breaker.answered();
          throw unsettled && isReadOnly(failure.code)
            ? outcomeUnknown(error)
            : answeredError(failure.code, error, maxBytes);
        }
        if (mend) {
          mended = true;
          this.#prepared = false;
        }
        if (failure.down) this.#breaker.failed(began);
        else this.#breaker.answered();
        const rest = pause * (0.5 + Math.random() / 2);
        // Waiting for somebody's lock again takes time: with little of it left nobody would hear how that ended.
        const needed = failure.down ? 0 : this.#timeout / 4;
        if (this.#breaker.open || performance.now() + rest + needed >= deadline) {
          throw unsettled ? outcomeUnknown(error) : this.#noAnswer(error);
        }
        await delay(rest);
      }
    }
  }

  async #attempt(wait: number, statement: () => Statement): Promise<readonly Row[]> {
    if (!this.#prepared) await this.#prepareOnce(wait);
    const { text, values } = statement();
    return await this.#link.query(text, values, wait);
  }

  async #prepareOnce(timeout: number): Promise<void> {
    this.#preparing ??= this.#prepare(timeout)
      .then(() => void (this.#prepared = true))
      .finally(() => (this.#preparing = undefined));
    await this.#preparing;
  }

  #noAnswer(error: unknown): PersistError {
    if (error === TOO_LATE) return unavailable(`no answer within ${this.#timeout / 1000} s`);
    return unavailable("the connection failed or the server is not ready", error);
  }
}
