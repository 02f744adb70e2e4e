import type { LiveSession } from "./live-session.ts";

/** Ids that may stay behind without a session before they are cleared away. */
const MOST_LEFT = 1000;

/**
 * Sessions with an open scope in this process, by id: overlapping scopes share them.
 *
 * An id stays in the Map for a while after its session has gone. A Map that entries come to and go from is made anew every few
 * requests, and V8 lets each old table point to the next: what one of them still held then lived until the next full collection
 * (measured: two of five requests that committed outlived several small collections, with all their states).
 */
export class LiveSessions {
  #sessions = new Map<string, LiveSession | undefined>();
  #left = 0;

  get(id: string): LiveSession | undefined {
    return this.#sessions.get(id);
  }

  set(id: string, session: LiveSession): void {
    if (this.#sessions.has(id) && this.#sessions.get(id) === undefined) this.#left--;
    this.#sessions.set(id, session);
  }

  delete(id: string): void {
    if (this.#sessions.get(id) === undefined) return;
    this.#sessions.set(id, undefined);
    if (++this.#left <= Math.max(MOST_LEFT, this.#sessions.size / 2)) return;
    const live = this.values();
    this.#sessions = new Map(live.map((session) => [session.id, session]));
    this.#left = 0;
  }

  values(): LiveSession[] {
    return [...this.#sessions.values()].filter((session) => session !== undefined);
  }
}
