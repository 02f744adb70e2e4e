import { PageFrame } from "./page-frame.ts";

export interface FrameLimits {
  /** The longest frame that is kept, in bytes. Default 2 MiB. */
  readonly maxFrame: number;
  /** What all frames take together, in bytes. Default 64 MiB. */
  readonly maxTotal: number;
  /** How long a frame is kept without a page, in milliseconds. */
  readonly keepFor: number;
}

const MIB = 1024 * 1024;
const FRAME_LIMITS: FrameLimits = { maxFrame: 2 * MIB, maxTotal: 64 * MIB, keepFor: 0 };

interface Kept {
  readonly frame: PageFrame;
  session: string;
  /** Runs out while no page is open. */
  timer: NodeJS.Timeout | undefined;
  pages: number;
}

/**
 * The frames of all pages, by Streamlit's session ids. If they take too much together, those
 * without a page go first, then those whose last run began longest ago.
 */
export class Frames {
  readonly #limits: FrameLimits;
  /** Those that were used least recently first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: Partial<FrameLimits> = {}) {
    this.#limits = { ...FRAME_LIMITS, ...limits };
  }

  /** What all of them take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** A frame that no Streamlit session is known for yet. */
  blank(): PageFrame {
    return new PageFrame(this.#limits.maxFrame, (change) => {
      this.#bytes += change;
      if (change > 0) this.#makeRoom();
    });
  }

  /** A run begins that will draw it anew. */
  used(streamlit: string): void {
    const kept = this.#kept.get(streamlit);
    if (kept === undefined) return;
    this.#kept.delete(streamlit);
    this.#kept.set(streamlit, kept);
  }

  find(streamlit: string): PageFrame | undefined {
    return this.#kept.get(streamlit)?.frame;
  }

  /** A page with this frame is open. */
  opened(streamlit: string, session: string, frame: PageFrame): void {
    const before = this.#kept.get(streamlit);
    if (before !== undefined && before.frame !== frame) this.drop(streamlit);
    const kept = this.#kept.get(streamlit) ?? { frame, session, timer: undefined, pages: 0 };
    clearTimeout(kept.timer);
    kept.session = session;
    kept.pages++;
    this.#kept.set(streamlit, kept);
    this.used(streamlit);
  }

  /** Its page has gone. */
  closed(streamlit: string, frame: PageFrame): void {
    const kept = this.#kept.get(streamlit);
    if (kept?.frame !== frame) {
      frame.release();
      return;
    }
    if (--kept.pages > 0) return;
    kept.timer = setTimeout(() => this.drop(streamlit), this.#limits.keepFor).unref();
  }

  drop(streamlit: string): void {
    const kept = this.#kept.get(streamlit);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#kept.delete(streamlit);
    kept.frame.release();
  }

  /**
   * The session has ended, or is another from now on: the content of its pages is not shown again.
   */
  forget(session: string, to?: string): void {
    for (const kept of this.#kept.values()) {
      if (kept.session !== session) continue;
      kept.frame.doubt();
      if (to !== undefined) kept.session = to;
    }
  }

  #makeRoom(): void {
    for (const [streamlit, { frame, pages }] of this.#kept) {
      if (this.#bytes <= this.#limits.maxTotal) return;
      if (pages > 0) continue;
      frame.doubt();
      this.drop(streamlit);
    }
    // An open page fills its frame again with the next run.
    for (const { frame } of this.#kept.values()) {
      if (this.#bytes <= this.#limits.maxTotal) return;
      frame.doubt();
    }
  }
}
