import { healthStatus } from "./streamlit-health.ts";
import type { Client } from "./client.ts";
import type { UpstreamAddress } from "./hooks.ts";

const EVERY = 100;
const PROBE_TIMEOUT = 2_000;

interface Waiting {
  readonly until: number;
  done(back: boolean): void;
}

/** Waits for a Streamlit that is away, with one probe for all waiting requests. */
export class HealthPoll {
  readonly #upstream: () => UpstreamAddress;
  readonly #healthPath: string;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(upstream: () => UpstreamAddress, healthPath: string) {
    this.#upstream = upstream;
    this.#healthPath = healthPath;
  }

  /**
   * Resolves with true once Streamlit answers again, or with false at `until` (by
   * `performance.now()`), or when the client goes away or the gateway closes.
   */
  back(until: number, client: Client): Promise<boolean> {
    if (this.#closed || performance.now() >= until) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        until,
        done: (back) => {
          this.#waiting.delete(waiting);
          forget();
          resolve(back);
        },
      };
      this.#waiting.add(waiting);
      const forget = client.onGone(() => waiting.done(false));
      if (this.#timer === undefined) this.#pollSoon();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const waiting of this.#waiting) waiting.done(false);
  }

  #pollSoon(): void {
    this.#timer = setTimeout(() => void this.#poll(), EVERY);
  }

  async #poll(): Promise<void> {
    this.#expire();
    if (this.#waiting.size === 0) {
      this.#timer = undefined;
      return;
    }
    const back = await this.#isBack();
    if (back) for (const waiting of this.#waiting) waiting.done(true);
    this.#expire();
    this.#timer = undefined;
    if (this.#waiting.size > 0 && !this.#closed) this.#pollSoon();
  }

  #expire(): void {
    const now = performance.now();
    for (const waiting of this.#waiting) if (waiting.until <= now) waiting.done(false);
  }

  /**
   * Asks for Streamlit's health: it opens its port a moment before it can serve, so an open port is
   * not enough.
   */
  async #isBack(): Promise<boolean> {
    const status = await healthStatus(this.#upstream(), this.#healthPath, PROBE_TIMEOUT);
    return status !== undefined && status < 500;
  }
}
