import { setTimeout as delay } from "node:timers/promises";
import { PersistError } from "../../errors.ts";
import { Breaker, PROBE_INTERVAL } from "../breaker.ts";
import { answeredError, failureOf, outcomeUnknown, unavailable } from "./failures.ts";
import type { Argument, RedisLink } from "./link.ts";
import { runScript, type Script } from "./script.ts";
import { TOO_LATE, within } from "../within.ts";

/** Waits between attempts, in milliseconds: from the first to the longest, doubled each time. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 200;

/**
 * Runs scripts within a bounded time. What got no answer is tried again until the time is over: reads because they change
 * nothing, commits because the server knows a commit that it has done already.
 */
export class Calls {
  readonly #link: RedisLink;
  readonly #timeout: number;
  readonly #breaker: Breaker;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(link: RedisLink, timeout: number) {
    this.#link = link;
    this.#timeout = timeout;
    this.#breaker = new Breaker(timeout);
    link.onReady(() => this.#breaker.answered());
  }

  /** @throws PersistError `ERR_STORE_CLOSED` */
  checkOpen(): void {
    if (this.#closing === undefined) return;
    throw new PersistError("ERR_STORE_CLOSED", "The Redis store is closed. Open it again.");
  }

  /** Runs a script that only reads. */
  async read(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return await this.run(false, (link) => runScript(link, script, keys, args));
  }

  /** Runs a script that writes, and may be repeated for the same commit. */
  async write(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<unknown> {
    return await this.run(true, (link) => runScript(link, script, keys, args));
  }

  /** Runs anything that may be repeated. */
  async run<T>(writes: boolean, work: (link: RedisLink) => Promise<T>): Promise<T> {
    this.checkOpen();
    const call = this.#untilAnswered(writes, work);
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

  async #untilAnswered<T>(writes: boolean, work: (link: RedisLink) => Promise<T>): Promise<T> {
    const probing = this.#breaker.open;
    if (!this.#breaker.admits()) {
      throw unavailable(
        `nothing was answered for ${this.#timeout / 1000} s, and it is tried once a second`,
        this.#link.trouble,
      );
    }
    const deadline = performance.now() + this.#timeout;
    // An attempt gets half of the time, so that one on a dead connection leaves time for another.
    const longest = probing ? Math.min(PROBE_INTERVAL, this.#timeout / 2) : this.#timeout / 2;
    let sent = false;
    let renewed = false;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const since = performance.now();
      try {
        const result = await within(Math.min(longest, deadline - since), work(this.#link));
        this.#breaker.answered();
        return result;
      } catch (error) {
        const failure = failureOf(error);
        sent ||= failure.sent;
        if (failure.passing) {
          this.#breaker.failed(since);
          if (error === TOO_LATE) this.#link.renew(since);
        } else {
          this.#breaker.answered();
          // The server may have become a replica a moment ago, and its name may lead to another one now.
          if (failure.code !== "READONLY" || renewed) {
            if (writes && sent && failure.code === "READONLY") throw outcomeUnknown(error);
            throw answeredError(failure.code ?? "", error);
          }
          renewed = true;
          this.#link.renew(since);
        }
        const wait = pause * (0.5 + Math.random() / 2);
        if (this.#breaker.open || performance.now() + wait >= deadline) {
          if (writes && sent) throw outcomeUnknown(error);
          throw failure.code === "READONLY"
            ? answeredError(failure.code, error)
            : this.#noAnswer(error);
        }
        await delay(wait);
      }
    }
  }

  #noAnswer(error: unknown): PersistError {
    if (error === TOO_LATE) return unavailable(`no answer within ${this.#timeout / 1000} s`);
    return unavailable(
      "the connection failed or the server is not ready",
      this.#link.trouble ?? error,
    );
  }
}
