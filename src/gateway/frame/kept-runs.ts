export interface RunLimits {
  /** How long a run may go on without a page, in milliseconds; 0: not at all. */
  readonly runFor: number;
  /** How many may at once. */
  readonly maxRuns: number;
  /** How many of one visitor. */
  readonly maxRunsOfVisitor: number;
}

const RUN_LIMITS: RunLimits = { runFor: 15 * 60_000, maxRuns: 100, maxRunsOfVisitor: 5 };

/** One run without a page. */
export interface KeptRun {
  readonly session: string;
  readonly timer: NodeJS.Timeout;
}

/** The runs that go on without a page, bounded in time and number. */
export class KeptRuns {
  readonly #limits: RunLimits;
  readonly #kept = new Set<KeptRun>();

  constructor(limits: Partial<RunLimits> = {}) {
    this.#limits = { ...RUN_LIMITS, ...limits };
  }

  /** Whether any run may go on without its page. */
  get isOn(): boolean {
    return this.#limits.runFor > 0 && this.#limits.maxRuns > 0;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Whether another run of this visitor may go on. */
  hasRoom(session: string): boolean {
    const { maxRuns, maxRunsOfVisitor } = this.#limits;
    if (!this.isOn || this.#kept.size >= maxRuns) return false;
    let own = 0;
    for (const kept of this.#kept) if (kept.session === session) own++;
    return own < maxRunsOfVisitor;
  }

  /** @param end - called when its time is over */
  keep(session: string, end: () => void): KeptRun {
    const kept: KeptRun = {
      session,
      timer: setTimeout(() => {
        this.release(kept);
        end();
      }, this.#limits.runFor).unref(),
    };
    this.#kept.add(kept);
    return kept;
  }

  release(kept: KeptRun | undefined): void {
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#kept.delete(kept);
  }
}
