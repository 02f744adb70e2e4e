import { HealthPoll } from "./health-poll.ts";
import type { Client } from "./client.ts";
import type { UpstreamAddress } from "./hooks.ts";

/**
 * How an attempt to get an answer from Streamlit failed. `gone`: the client went away. `away`: no
 * connection could be made. `stale`: a kept connection had been closed, and another attempt is
 * safe. `broken`: the same on a new connection. `failed`: it broke off, and a second attempt could
 * do harm.
 */
export type FailureKind = "gone" | "away" | "stale" | "broken" | "failed";

export class UpstreamFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, cause?: unknown) {
    super(`Streamlit gave no answer (${kind})`, { cause });
    this.kind = kind;
  }
}

/**
 * How often an attempt is repeated if Streamlit closes a connection before it answers: an endpoint
 * that kills it must not do so for ever.
 */
const MAX_BROKEN = 2;

/** Repeats attempts to get an answer from a Streamlit that may be away for a while. */
export class Retry {
  readonly #healthPoll: HealthPoll;
  readonly #holdFor: number;
  readonly #onAway: () => void;

  /** @param holdFor - how long an attempt may wait for Streamlit to come back, in milliseconds */
  constructor(
    upstream: () => UpstreamAddress,
    healthPath: string,
    holdFor: number,
    onAway: () => void,
  ) {
    this.#healthPoll = new HealthPoll(upstream, healthPath);
    this.#holdFor = holdFor;
    this.#onAway = onAway;
  }

  /**
   * Makes attempts until one succeeds, the time is up, or another one could do harm.
   *
   * @param attempt - gets whether it must open a fresh connection
   * @throws {UpstreamFailure} the last attempt's
   */
  async hold<T>(client: Client, attempt: (fresh: boolean) => Promise<T>): Promise<T> {
    const until = performance.now() + this.#holdFor;
    let broken = 0;
    let fresh = false;
    for (;;) {
      if (client.gone) throw new UpstreamFailure("gone");
      try {
        return await attempt(fresh);
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error;
        if (client.gone) throw new UpstreamFailure("gone", error);
        if (error.kind === "stale" && !fresh) {
          fresh = true;
          continue;
        }
        const again = error.kind === "away" || (error.kind === "broken" && broken++ < MAX_BROKEN);
        if (!again) throw error;
        this.#onAway();
        fresh = true;
        if (!(await this.#healthPoll.back(until, client)))
          throw client.gone ? new UpstreamFailure("gone", error) : error;
      }
    }
  }

  close(): void {
    this.#healthPoll.close();
  }
}
