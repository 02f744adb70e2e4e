/**
 * How long the browser's other pages wait for its new cookie, in milliseconds. The tab that should
 * fetch it may have been closed, and the others must not be locked out.
 */
const MAX_WAIT = 10_000;

/**
 * How long requests that the browser sent before it had its new cookie may still arrive, in
 * milliseconds. None of them must get it a third cookie.
 */
const STRAGGLERS = 10_000;

/** A session that has ended, and its browser's next one. */
class Move {
  readonly to: string;
  /** The tab that asked for the move. Only its page may fetch the new cookie. */
  readonly tab: string;
  /**
   * Resolves with true once the browser has its new cookie, or with false when the time for that is
   * over.
   */
  readonly finished: Promise<boolean>;
  #resolve: ((isAdopted: boolean) => void) | undefined;
  readonly #onFinished: (isAdopted: boolean) => void;

  constructor(to: string, tab: string, onFinished: (isAdopted: boolean) => void) {
    this.to = to;
    this.tab = tab;
    this.finished = new Promise((resolve) => (this.#resolve = resolve));
    this.#onFinished = onFinished;
  }

  finish(isAdopted: boolean): void {
    this.#onFinished(isAdopted);
    this.#resolve?.(isAdopted);
  }
}

/** How many sessions that got another id are remembered. */
const MAX_REMEMBERED = 10_000;

/** Sessions that continue under another id while their browsers still have the old cookie. */
export class Moves {
  readonly #pending = new Map<string, Move>();
  /** Moves whose browser has just been given its new cookie. */
  readonly #adopted = new Map<string, Move>();
  /**
   * Successors of sessions that kept their data: a tab that held a live Streamlit session under the
   * old id may hold it under the new.
   */
  readonly #successors = new Map<string, string>();

  /** Notes that a session's page must fetch a new cookie. */
  begin(from: string, to: string, tab: string): Move {
    const move = new Move(to, tab, (isAdopted) => {
      clearTimeout(timer);
      if (this.#pending.get(from) === move) this.#pending.delete(from);
      if (isAdopted) this.#remember(from, move);
    });
    const timer = setTimeout(() => move.finish(false), MAX_WAIT);
    timer.unref();
    this.#pending.set(from, move);
    return move;
  }

  /** Notes that the session kept its data, so live Streamlit sessions move along. */
  keep(from: string, to: string): void {
    if (this.#successors.size >= MAX_REMEMBERED) this.#successors.clear();
    this.#successors.set(from, to);
  }

  /** Whether the browser of a dead session is about to get its next cookie. */
  pending(from: string): Move | undefined {
    return this.#pending.get(from);
  }

  /**
   * Like `pending`, but also for a while after the browser was given that cookie: requests sent
   * earlier carry the old one.
   */
  recent(from: string): Move | undefined {
    return this.#pending.get(from) ?? this.#adopted.get(from);
  }

  /** The browser has shown the cookie of this session: no tab waits for it any more. */
  arrived(to: string): void {
    for (const move of this.#pending.values()) if (move.to === to) move.finish(true);
  }

  /** Whether one session has become the other. */
  leads(from: string, to: string): boolean {
    let id: string | undefined = from;
    // Each step was one rotate(). An id never comes back.
    for (let steps = 0; id !== undefined && steps < 100; steps++) {
      if (id === to) return true;
      id = this.#successors.get(id);
    }
    return false;
  }

  #remember(from: string, move: Move): void {
    if (this.#adopted.size >= MAX_REMEMBERED) this.#adopted.clear();
    this.#adopted.set(from, move);
    setTimeout(() => this.#adopted.delete(from), STRAGGLERS).unref();
  }

  close(): void {
    for (const move of this.#pending.values()) move.finish(false);
  }
}
