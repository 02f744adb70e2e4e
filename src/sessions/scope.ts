import type { Registration } from "../state/index.ts";
import type { LiveSession } from "./live/index.ts";
import type { Session } from "./session.ts";

const ENDED = Promise.resolve();

/** Checks whether a user has signed in, and then gives the session another id. */
export interface LoginWatch {
  isDue(): boolean;
  follow(): Promise<void>;
}

/** One unit of work of a session: a request, a message, a `run`. Ends with a commit. */
export class Scope {
  readonly session: Session;
  /** The live session; joined at the first use of a state. */
  live: LiveSession | undefined;
  /** The states that this scope has brought up to date. */
  readonly restored = new Set<Registration>();
  /** Set for a request whose browser may get another id when a user signs in. */
  login: LoginWatch | undefined;
  #ending: Promise<void> | undefined;

  constructor(session: Session) {
    this.session = session;
  }

  get ended(): boolean {
    return this.#ending !== undefined;
  }

  /** Joins `live`, and leaves any other live session. */
  join(live: LiveSession): LiveSession {
    if (this.live === live) return live;
    live.enter(this);
    this.live?.leave(this);
    this.live = live;
    this.restored.clear();
    return live;
  }

  /** Ends at once if there is nothing to commit. @returns whether it has ended */
  endIfClean(): boolean {
    if (this.login?.isDue() === true) return false;
    if (this.#ending !== undefined || (this.live !== undefined && !this.live.isClean(this)))
      return false;
    this.#ending = ENDED;
    this.live?.leave(this);
    return true;
  }

  /** Commits, then releases the states. A second call waits for the first. */
  end(): Promise<void> {
    if (this.endIfClean()) return ENDED;
    return (this.#ending ??= this.#finish());
  }

  /** Ends without a commit, for a scope that can only read. */
  release(): void {
    if (this.#ending !== undefined) return;
    this.#ending = ENDED;
    this.live?.leave(this);
  }

  /** Writes what has changed so far; even if the session gets another id meanwhile. */
  async commit(): Promise<void> {
    for (let live; live !== this.live;) {
      live = this.live;
      await live?.commit(this);
    }
  }

  async #finish(): Promise<void> {
    try {
      await this.commit();
      if (this.login?.isDue() === true) {
        await this.login.follow();
        await this.commit();
      }
    } finally {
      this.live?.leave(this);
    }
  }
}
