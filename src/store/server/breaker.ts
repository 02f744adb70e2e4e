/** How often a server that counts as down is tried again, in milliseconds. */
export const PROBE_INTERVAL = 1000;

/**
 * Keeps a dead server from holding up every request. If the server has not answered for `patience`
 * milliseconds, calls fail at once, except for one a second that tries again. The first answer ends
 * that.
 */
export class Breaker {
  readonly #patience: number;
  #failingSince: number | undefined;
  #answered = -Infinity;
  #nextProbe = 0;
  #open = false;

  constructor(patience: number) {
    this.#patience = patience;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Whether a call may try. While the server counts as down, one a second may. */
  admits(): boolean {
    if (!this.#open) return true;
    const now = performance.now();
    if (now < this.#nextProbe) return false;
    this.#nextProbe = now + PROBE_INTERVAL;
    return true;
  }

  /** Notes that the server has answered, or that there is a connection again. */
  answered(): void {
    this.#answered = performance.now();
    this.#failingSince = undefined;
    this.#open = false;
  }

  /** Notes that an attempt that began at `since` got no answer. */
  failed(since: number): void {
    // The server has answered another call since then, so it lives.
    if (this.#answered >= since) return;
    this.#failingSince = Math.min(this.#failingSince ?? since, since);
    const now = performance.now();
    if (this.#open || now - this.#failingSince < this.#patience) return;
    this.#open = true;
    this.#nextProbe = now + PROBE_INTERVAL;
  }
}
