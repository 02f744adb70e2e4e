import type { Store } from "../store/index.ts";
import type { Events } from "./records/index.ts";

const STEP = 200;
/** The most entries of one round. A large backlog takes many rounds. */
const MAX_PER_ROUND = 20_000;
// Wall clock and monotonic clock drift apart by less than this in a minute, unless the wall clock
// is set.
const TOLERANCE = 60_000;
/** How long nothing is swept after a jump, in milliseconds: time to correct the clock. */
const PAUSE_AFTER_JUMP = 3_600_000;

export interface Clocks {
  /** Milliseconds since the Unix epoch. */
  wall(): number;
  /** Milliseconds that only ever grow. */
  monotonic(): number;
}

const systemClocks: Clocks = { wall: Date.now, monotonic: () => performance.now() };

/** Removes what has expired, a little at a time. Never trusts a clock that has just jumped. */
export class Sweeper {
  readonly #store: Store;
  readonly #events: Events;
  readonly #clocks: Clocks;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number> | undefined;
  #wall: number;
  #monotonic: number;
  #pausedUntil = -Infinity;

  constructor(store: Store, events: Events, clocks: Clocks = systemClocks) {
    this.#store = store;
    this.#events = events;
    this.#clocks = clocks;
    this.#wall = clocks.wall();
    this.#monotonic = clocks.monotonic();
  }

  /** @param interval - milliseconds between two rounds */
  start(interval: number): void {
    // Several processes on one store should not sweep at the same moment.
    const next = interval * (0.75 + 0.5 * Math.random());
    this.#timer = setTimeout(() => {
      void this.sweep()
        .catch((error: unknown) => this.#events.emit("error", { error }))
        .finally(() => {
          if (this.#timer !== undefined) this.start(interval);
        });
    }, next);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running?.catch(() => undefined);
  }

  /** One round. @returns how many entries it removed */
  async sweep(): Promise<number> {
    this.#running ??= this.#round().finally(() => (this.#running = undefined));
    return await this.#running;
  }

  async #round(): Promise<number> {
    if (this.#clockJumped()) {
      this.#events.emit("sweep-paused", { reason: "clock-jumped" });
      return 0;
    }
    let removed = 0;
    for (let more = true; more && removed < MAX_PER_ROUND;) {
      const result = await this.#store.sweep({ now: this.#clocks.wall(), limit: STEP });
      removed += result.removed;
      more = result.more && result.removed > 0;
    }
    if (removed > 0) this.#events.emit("sweep", { removed });
    return removed;
  }

  #clockJumped(): boolean {
    const wall = this.#clocks.wall();
    const monotonic = this.#clocks.monotonic();
    const drift = wall - this.#wall - (monotonic - this.#monotonic);
    this.#wall = wall;
    this.#monotonic = monotonic;
    if (Math.abs(drift) > TOLERANCE) this.#pausedUntil = monotonic + PAUSE_AFTER_JUMP;
    return monotonic < this.#pausedUntil;
  }
}
