import type { LiveSession } from "./live-session.ts";

/** Where an id's session is, while it has one. */
export interface Place {
  session: LiveSession | undefined;
}

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
  #places = new Map<string, Place>();
  #left = 0;

  get(id: string): LiveSession | undefined {
    return this.#places.get(id)?.session;
  }

  /** Puts the session in its id's place, unless there is one already. */
  add(session: LiveSession): void {
    if (session.place?.session === session) return;
    const place = this.#places.get(session.id);
    if (place === undefined) {
      session.place = { session };
      this.#places.set(session.id, session.place);
    } else if (place.session === undefined) {
      this.#left--;
      place.session = session;
      session.place = place;
    }
  }

  /** Takes the session out of its id's place, if it is there. */
  remove(session: LiveSession): void {
    const { place } = session;
    if (place?.session !== session) return;
    place.session = undefined;
    if (++this.#left <= Math.max(MOST_LEFT, this.#places.size / 2)) return;
    const taken = [...this.#places].filter(([, { session: other }]) => other !== undefined);
    this.#places = new Map(taken);
    this.#left = 0;
  }

  values(): LiveSession[] {
    return [...this.#places.values()].flatMap(({ session }) =>
      session === undefined ? [] : [session],
    );
  }
}
