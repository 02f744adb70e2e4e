/**
 * For how long the browser's other pages wait for its new cookie, in milliseconds. The tab that is to fetch it may have been closed
 * at once, and they must not be kept out because of that.
 */
const LONGEST = 10_000;

/**
 * For how long requests that the browser sent before it had its new cookie may still come in, in milliseconds: one of them must not
 * get it a third.
 */
const STRAGGLERS = 10_000;

/** A session that has ended, and the one that its browser is to go on with. */
class Move {
  readonly to: string;
  /** The tab that asked for it; only its page may fetch the new cookie. */
  readonly tab: string;
  /** Resolves when it is over: whether the browser has its new cookie, or the time for that has passed. */
  readonly settled: Promise<boolean>;
  #resolve: ((isAdopted: boolean) => void) | undefined;
  readonly #onSettled: (isAdopted: boolean) => void;

  constructor(to: string, tab: string, onSettled: (isAdopted: boolean) => void) {
    this.to = to;
    this.tab = tab;
    this.settled = new Promise((resolve) => (this.#resolve = resolve));
    this.#onSettled = onSettled;
  }

  settle(isAdopted: boolean): void {
    this.#onSettled(isAdopted);
    this.#resolve?.(isAdopted);
  }
}

/** How many sessions that got another id are remembered. */
const MOST = 10_000;

/** Sessions that go on under another id, while their browsers still have the old cookie. */
export class Moves {
  readonly #pending = new Map<string, Move>();
  /** Those whose browser was given its new cookie a moment ago. */
  readonly #adopted = new Map<string, Move>();
  /** Of the sessions that kept their data: what held a live Streamlit session under the old id may hold it under the new. */
  readonly #successors = new Map<string, string>();

  /** A session's page has to fetch a new cookie. */
  begin(from: string, to: string, tab: string): Move {
    const move = new Move(to, tab, (isAdopted) => {
      clearTimeout(timer);
      if (this.#pending.get(from) === move) this.#pending.delete(from);
      if (isAdopted) this.#remember(from, move);
    });
    const timer = setTimeout(() => move.settle(false), LONGEST);
    timer.unref();
    this.#pending.set(from, move);
    return move;
  }

  /** The session kept its data: a live Streamlit session goes along. */
  keep(from: string, to: string): void {
    if (this.#successors.size >= MOST) this.#successors.clear();
    this.#successors.set(from, to);
  }

  /** Whether the browser of a dead session is about to get its next cookie. */
  pending(from: string): Move | undefined {
    return this.#pending.get(from);
  }

  /** The same, also for a while after the browser was given that cookie: what it had sent before comes with the old one. */
  recent(from: string): Move | undefined {
    return this.#pending.get(from) ?? this.#adopted.get(from);
  }

  /** The browser has shown the cookie of this session: nobody need wait for it any more. */
  arrived(to: string): void {
    for (const move of this.#pending.values()) if (move.to === to) move.settle(true);
  }

  /** Whether what belonged to the one session may go on in the other. */
  leads(from: string, to: string): boolean {
    let id: string | undefined = from;
    // Each step was a rotate() of its own; an id never comes back.
    for (let steps = 0; id !== undefined && steps < 100; steps++) {
      if (id === to) return true;
      id = this.#successors.get(id);
    }
    return false;
  }

  #remember(from: string, move: Move): void {
    if (this.#adopted.size >= MOST) this.#adopted.clear();
    this.#adopted.set(from, move);
    setTimeout(() => this.#adopted.delete(from), STRAGGLERS).unref();
  }

  close(): void {
    for (const move of this.#pending.values()) move.settle(false);
  }
}
