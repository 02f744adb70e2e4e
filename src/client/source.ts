import type { Live } from "./index.ts";
import type { Status } from "./connection.ts";
import { decode } from "./decode.ts";
import type { ServerEvent } from "./events.ts";
import { connectShared } from "./shared-connection.ts";

/**
 * Counts the ends of sessions and of connections. A first value is as old as the count at which it
 * came.
 */
export const epoch = { now: 0 };

/** All states that come from one route. */
export class Source {
  readonly #url: string;
  readonly #lives = new Map<string, LiveState>();
  /**
   * The states that the server exposes, once it has sent their names; null for a user's if no user
   * is signed in.
   */
  #exposed: Record<string, unknown> | undefined;
  /** First values from before this epoch may be those of a session that this page has met. */
  #met = 0;
  #subscribers = 0;
  #stop: (() => void) | undefined;
  status: Status = "connecting";

  constructor(url: string) {
    this.#url = url;
  }

  live(key: string): LiveState {
    let found = this.#lives.get(key);
    if (!found) this.#lives.set(key, (found = new LiveState(key, this)));
    return found;
  }

  /** The connection outlives a page's change from one subscriber to the next. */
  hold(live: LiveState): () => void {
    this.#subscribers++;
    this.#check(live);
    this.#stop ??= connectShared(this.#url, {
      event: (event) => event && this.#hear(event),
      status: (status) => {
        this.status = status;
        for (const one of this.#lives.values()) one.tell();
      },
    });
    return () => {
      this.#subscribers--;
      setTimeout(() => {
        if (this.#subscribers > 0) return;
        this.#stop?.();
        this.#stop = undefined;
        this.status = "connecting";
        this.#part();
        // What changes from now on is not heard of.
        for (const one of this.#lives.values()) {
          one.value = undefined;
          one.known = false;
        }
      }, 0);
    };
  }

  #hear({ name, data }: ServerEvent): void {
    if (name === "hello") {
      this.#exposed = JSON.parse(data).states;
      for (const one of this.#lives.values()) this.#check(one);
    } else if (name === "state") {
      const { key, values } = JSON.parse(data) as { key: string; values: object };
      // Another tab may pass on what came before the user signed out.
      if (!this.#exposed?.[key]) return;
      const live = this.live(key);
      live.set(
        Object.freeze(Object.fromEntries(Object.entries(values).map(([k, v]) => [k, decode(v)]))),
      );
      live.tell();
    } else if (name === "gone") {
      const met = this.#part();
      for (const one of this.#lives.values()) {
        one.since = this.#met;
        if (met) one.set(undefined);
      }
    }
  }

  /** Leaves the session that the server reported. @returns whether it has reported one */
  #part(): boolean {
    if (!this.#exposed) return false;
    this.#exposed = undefined;
    this.#met = ++epoch.now;
    return true;
  }

  #check(live: LiveState): void {
    const attributes = this.#exposed?.[live.key];
    if (attributes === null) {
      live.since = ++epoch.now;
      live.set(undefined);
    } else if (this.#exposed && !attributes) {
      // oxlint-disable-next-line no-console -- what an app's developer must see
      console.error(
        `ERR_LIVE_NOT_EXPOSED: ${this.#url} does not report "${live.key}". Add it to liveEvents([…]) by expose(…).`,
      );
    }
  }
}

/** One state of a route. */
export class LiveState implements Live<object> {
  readonly key: string;
  readonly #source: Source;
  readonly #listeners = new Set<{ readonly run: (value: object | undefined) => void }>();
  value: object | undefined;
  known = false;
  /** First values from before this epoch may be those of a session that has ended. */
  since = 0;

  constructor(key: string, source: Source) {
    this.key = key;
    this.#source = source;
  }

  get status(): Status {
    return this.#source.status;
  }

  set(value: object | undefined): void {
    this.value = value;
    this.known = true;
  }

  /** A subscriber that throws must not keep the others, nor the connection, from going on. */
  tell(): void {
    for (const { run } of this.#listeners) {
      try {
        run(this.value);
      } catch (error) {
        reportError(error);
      }
    }
  }

  subscribe(run: (value: object | undefined) => void): () => void {
    if (typeof document === "undefined") {
      // A server renders the page. Anything that it kept here would be shared by all visitors.
      run(undefined);
      return () => {};
    }
    const listener = { run };
    this.#listeners.add(listener);
    const release = this.#source.hold(this);
    run(this.value);
    return () => {
      if (this.#listeners.delete(listener)) release();
    };
  }
}
