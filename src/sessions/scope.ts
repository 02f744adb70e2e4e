import type { Registration } from "../state/registry.ts";
import type { LiveSession } from "./live-session.ts";
import type { Session } from "./session.ts";

const ENDED = Promise.resolve();

/** One unit of work of a session: a request, a message, a `run`. Ends with a commit. */
export class Scope {
  readonly session: Session;
  /** The shared part of the session; joined at the first use of a state. */
  live: LiveSession | undefined;
  /** What this scope has brought up to date already. */
  readonly restored = new Set<Registration>();
  #ending: Promise<void> | undefined;

  constructor(session: Session) {
    this.session = session;
  }

  get ended(): boolean {
    return this.#ending !== undefined;
  }

  /** Belongs to `live` from here on, and to no other. */
  join(live: LiveSession): LiveSession {
    if (this.live === live) return live;
    live.enter(this.session);
    this.live?.leave();
    this.live = live;
    this.restored.clear();
    return live;
  }

  /** Ends at once where there is nothing to commit. @returns whether it has ended */
  endIfClean(): boolean {
    if (this.#ending !== undefined || (this.live !== undefined && !this.live.isClean(this)))
      return false;
    this.#ending = ENDED;
    this.live?.leave();
    return true;
  }

  /** Commits, then lets go of the states. A second call waits for the first. */
  end(): Promise<void> {
    if (this.endIfClean()) return ENDED;
    return (this.#ending ??= this.#finish());
  }

  async #finish(): Promise<void> {
    const { live } = this;
    if (live === undefined) return;
    try {
      await live.commit(this);
    } finally {
      live.leave();
    }
  }
}
