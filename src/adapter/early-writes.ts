/**
 * The most milliseconds that the first part of an answer waits to see whether anything will be
 * stored.
 */
export const MAX_WAIT = 50;

/** Most bytes that wait. */
export const MAX_WAITING_BYTES = 64 * 1024;

/**
 * Holds what a handler writes before its end, while it is undecided whether the browser needs a
 * cookie: the visitor has none, and the handler has restored a state and changed nothing so far.
 * Many frameworks (tRPC's streaming links, GraphQL Yoga) write all their answers in parts, even
 * those that are complete within milliseconds, and visitors who only read should get no cookie.
 */
export class EarlyWrites {
  readonly #writes: (() => unknown)[] = [];
  readonly #release: () => void;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  /** @param release - called once it has waited long enough; not called after `take` */
  constructor(release: () => void) {
    this.#release = release;
    this.#timer = setTimeout(release, MAX_WAIT);
  }

  /** @param bytes - about how many it will send */
  add(write: () => unknown, bytes: number): void {
    this.#writes.push(write);
    this.#bytes += bytes;
    if (this.#bytes > MAX_WAITING_BYTES) this.#release();
  }

  /** Everything that waits, in its order. */
  take(): (() => unknown)[] {
    clearTimeout(this.#timer);
    return this.#writes.splice(0);
  }
}
