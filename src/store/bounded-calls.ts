import { setTimeout as delay } from "node:timers/promises";
import { PersistError } from "../errors.ts";
import { Breaker, PROBE_INTERVAL } from "./breaker.ts";
import { TOO_LATE, within } from "./within.ts";

/** Waits between attempts, in milliseconds: from the first to the longest, doubled each time. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;

/** What an attempt that failed means. */
export type Judgement =
  /** Trying again does not mend it. `answered`: the server is there, so the circuit stays closed. */
  | { readonly final: unknown; readonly answered: boolean }
  | {
      /** Whether the server seems to be away, which opens the circuit after a while. */
      readonly down: boolean;
      /** Milliseconds that another attempt needs to be worth it. */
      readonly needed?: number;
      /** The error where there is no time for another attempt. */
      readonly inVain: () => PersistError;
    };

/** How the errors of an engine are worded. */
export type Unavailable = (why: string, cause?: unknown) => PersistError;

/**
 * Calls to a server, within a bounded time each. What got no answer is tried again until the time is over: reads because they change
 * nothing, commits because the server knows a commit that it has done already. A circuit breaker lets calls fail at once where nothing
 * has been answered for long.
 */
export class BoundedCalls {
  readonly #engine: string;
  readonly #timeout: number;
  readonly #unavailable: Unavailable;
  readonly #breaker: Breaker;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /** @param engine - for messages: "Redis" */
  constructor(engine: string, timeout: number, unavailable: Unavailable) {
    this.#engine = engine;
    this.#timeout = timeout;
    this.#unavailable = unavailable;
    this.#breaker = new Breaker(timeout);
  }

  /** @throws PersistError `ERR_STORE_CLOSED` */
  checkOpen(): void {
    if (this.#closing === undefined) return;
    throw new PersistError(
      "ERR_STORE_CLOSED",
      `The ${this.#engine} store is closed. Open it again.`,
    );
  }

  /** The server has been heard of. */
  answered(): void {
    this.#breaker.answered();
  }

  /**
   * @param attempt - gets the milliseconds that it has
   * @param judge - says what its failure means; gets when the attempt began, by `performance.now()`
   * @param trouble - what the connection's own last trouble was
   */
  async run<T>(
    attempt: (wait: number) => Promise<T>,
    judge: (error: unknown, began: number) => Judgement,
    trouble?: () => unknown,
  ): Promise<T> {
    this.checkOpen();
    const call = this.#untilAnswered(attempt, judge, trouble);
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

  noAnswer(error: unknown, trouble?: unknown): PersistError {
    if (error === TOO_LATE) return this.#unavailable(`no answer within ${this.#timeout / 1000} s`);
    return this.#unavailable("the connection failed or the server is not ready", trouble ?? error);
  }

  async #untilAnswered<T>(
    attempt: (wait: number) => Promise<T>,
    judge: (error: unknown, began: number) => Judgement,
    trouble: (() => unknown) | undefined,
  ): Promise<T> {
    const probing = this.#breaker.open;
    if (!this.#breaker.admits()) {
      throw this.#unavailable(
        `nothing was answered for ${this.#timeout / 1000} s, and it is tried once a second`,
        trouble?.(),
      );
    }
    const deadline = performance.now() + this.#timeout;
    // An attempt gets half of the time, so that one on a dead connection leaves time for another.
    const longest = probing ? Math.min(PROBE_INTERVAL, this.#timeout / 2) : this.#timeout / 2;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const began = performance.now();
      const wait = Math.max(1, Math.min(longest, deadline - began));
      try {
        const result = await within(wait, attempt(wait));
        this.#breaker.answered();
        return result;
      } catch (error) {
        const judgement = judge(error, began);
        if ("final" in judgement) {
          if (judgement.answered) this.#breaker.answered();
          throw judgement.final;
        }
        const { down, needed = 0, inVain } = judgement;
        if (down) this.#breaker.failed(began);
        else this.#breaker.answered();
        const rest = pause * (0.5 + Math.random() / 2);
        if (this.#breaker.open || performance.now() + rest + needed >= deadline) throw inVain();
        await delay(rest);
      }
    }
  }
}
