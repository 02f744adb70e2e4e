import type { LiveSession } from "./live-session.ts";

/** Holds the live session of an id, while there is one. */
export interface IdEntry {
  session: LiveSession | undefined;
}

/** How many ids without a session may stay behind before they are removed. */
const MAX_LEFT = 1000;

/**
 * Sessions with an open scope in this process, by id: overlapping scopes share them.
 *
 * An id stays in the Map for a while after its session has gone. V8 rebuilds a Map whose entries
 * come and go every few requests, and each old table points to the next, so its old contents live
 * until the next full collection (measured: two of five requests that committed outlived several
 * minor collections, with all their states).
 */
export class LiveSessions {
  #entries = new Map<string, IdEntry>();
  #left = 0;

  get(id: string): LiveSession | undefined {
    return this.#entries.get(id)?.session;
  }

  /** Puts the session in its id's entry, unless there is one already. */
  add(session: LiveSession): void {
    if (session.idEntry?.session === session) return;
    const entry = this.#entries.get(session.id);
    if (entry === undefined) {
      session.idEntry = { session };
      this.#entries.set(session.id, session.idEntry);
    } else if (entry.session === undefined) {
      this.#left--;
      entry.session = session;
      session.idEntry = entry;
    }
  }

  /** Takes the session out of its id's entry, if it is there. */
  remove(session: LiveSession): void {
    const { idEntry: entry } = session;
    if (entry?.session !== session) return;
    entry.session = undefined;
    if (++this.#left <= Math.max(MAX_LEFT, this.#entries.size / 2)) return;
    const taken = [...this.#entries].filter(([, { session: other }]) => other !== undefined);
    this.#entries = new Map(taken);
    this.#left = 0;
  }

  values(): LiveSession[] {
    return [...this.#entries.values()].flatMap(({ session }) =>
      session === undefined ? [] : [session],
    );
  }
}
