import type { LiveSession } from "./live-session.ts";

/** Holds the live session of an id, while there is one. */
export interface Place {
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
    if (++this.#left <= Math.max(MAX_LEFT, this.#places.size / 2)) return;
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
