import { setTimeout as delay } from "node:timers/promises";
import { PersistError } from "../../errors.ts";
import { Breaker, PROBE_INTERVAL } from "./breaker.ts";
import { TOO_LATE, within } from "../within.ts";

/**
 * The pauses between attempts, in milliseconds: each is twice the one before, up to the longest.
 */
const FIRST_PAUSE = 10;
const MAX_PAUSE = 200;

/** What a failed attempt means. */
export type Judgement =
  /**
   * Another attempt would not help. `answered`: the server is there, so the circuit stays closed.
   */
  | { readonly final: unknown; readonly answered: boolean }
  | {
      /** Whether the server seems to be down, which opens the circuit after a while. */
      readonly down: boolean;
      /** How many milliseconds must be left to make another attempt worthwhile. */
      readonly needed?: number;
      /** The error to throw if no time is left for another attempt. */
      readonly inVain: () => PersistError;
    };

/** Words the error of an engine that cannot be reached. */
export type Unavailable = (why: string, cause?: unknown) => PersistError;

/**
 * Makes calls to a server, each within a bounded time. Repeats a call that got no answer until its
 * time is over: reads change nothing, and the server recognises a commit that it has done already.
 * A circuit breaker fails calls at once if the server has not answered for a while.
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

  /** Notes that the server has answered. */
  answered(): void {
    this.#breaker.answered();
  }

  /**
   * @param attempt - makes one attempt within the given milliseconds
   * @param judge - says what a failure means; gets the start of the attempt by `performance.now()`
   * @param trouble - gives the last error of the connection itself
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

  /** Waits for the calls under way, which end within the time of a call. */
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
    // An attempt gets half of the time: one on a dead connection must leave time for another.
    const longest = probing ? Math.min(PROBE_INTERVAL, this.#timeout / 2) : this.#timeout / 2;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
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
