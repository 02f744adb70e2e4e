import type { Status } from "./connection.ts";
import { decode } from "./decode.ts";
import type { ServerEvent } from "./events.ts";
import { connectShared } from "./shared-connection.ts";

export type { Status } from "./connection.ts";

type Leaf = Date | RegExp | URL | URLSearchParams | Headers | ArrayBuffer | ArrayBufferView;

/** The value of a state on the page: read-only at every depth. */
export type Value<T> = T extends Leaf | ((...args: never) => unknown)
  ? T
  : T extends readonly unknown[]
    ? { readonly [K in keyof T]: Value<T[K]> }
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<Value<K>, Value<V>>
      : T extends ReadonlySet<infer I>
        ? ReadonlySet<Value<I>>
        : T extends object
          ? { readonly [K in keyof T]: Value<T[K]> }
          : T;

/** How a state is followed. */
export interface LiveOptions {
  /** The route that has `liveEvents(…)`. Default `/live`. */
  readonly url?: string;
}

/**
 * A state of the page's own session, as the server has it. It is a store in the sense of Svelte
 * (https://svelte.dev/docs/svelte/stores), so `$cart` works there.
 */
export interface Live<T> {
  /** The state's key. */
  readonly key: string;
  /**
   * The exposed attributes, frozen. Undefined until the server has sent them, and after the session
   * has ended.
   */
  readonly value: Value<T> | undefined;
  /** Whether the server has sent the state yet. */
  readonly known: boolean;
  /** The state of the page's connection. */
  readonly status: Status;
  /**
   * Calls `run` with the value now and after each change. The connection is open while there is a
   * subscriber. On a server that renders the page, `run` is called once, with undefined.
   * @returns the function that ends it
   */
  subscribe(run: (value: Value<T> | undefined) => void): () => void;
}

const sources = new Map<string, Source>();

/**
 * Follows a state of this browser's session: another tab, device or process changes it, and the
 * page is told, without a reload. All states of a page share one connection, and the tabs of a
 * browser do too. Changes go through the app's own routes.
 *
 * @param state - the state's key, or an object that has it as `key`
 * @example
 * ```ts
 * import { live } from "persist-session/client";
 *
 * const cart = live<{ items: string[] }>("cart");
 * const stop = cart.subscribe((value) => {
 *   document.title = `${value?.items.length ?? 0} items`;
 * });
 * addEventListener("pagehide", stop);
 * ```
 */
export function live<T extends object>(
  state: string | { readonly key: string },
  { url = "/live" }: LiveOptions = {},
): Live<T> {
  const key = typeof state === "string" ? state : state.key;
  let source = sources.get(url);
  if (source === undefined) sources.set(url, (source = new Source(url)));
  return source.live(key) as Live<T>;
}

/** All states that come from one route. */
class Source {
  readonly #url: string;
  readonly #lives = new Map<string, LiveState>();
  /** The states that the server exposes, once it has sent their names. */
  #exposed: string[] | undefined;
  #subscribers = 0;
  /** The session has ended, and no other is known yet. */
  #ended = false;
  #stop: (() => void) | undefined;
  status: Status = "connecting";

  constructor(url: string) {
    this.#url = url;
  }

  live(key: string): LiveState {
    let found = this.#lives.get(key);
    if (found === undefined) this.#lives.set(key, (found = new LiveState(key, this)));
    return found;
  }

  /** The connection outlives a page's change from one subscriber to the next. */
  hold(live: LiveState): () => void {
    this.#subscribers++;
    this.#check(live);
    this.#stop ??= connectShared(this.#url, {
      event: (event) => event !== undefined && this.#hear(event),
      status: (status) => {
        this.status = status;
        // The session has ended, and none follows: nothing of it stays on the page.
        if (status === "none" || (status === "refused" && this.#ended))
          for (const one of this.#lives.values()) if (one.known) one.set(undefined);
        for (const one of this.#lives.values()) one.tell();
      },
    });
    return () => {
      this.#subscribers--;
      setTimeout(() => {
        if (this.#subscribers > 0) return;
        this.#stop?.();
        this.#stop = undefined;
      }, 0);
    };
  }

  #hear({ name, data }: ServerEvent): void {
    this.#ended = name === "ended";
    if (name === "hello") {
      this.#exposed = Object.keys(JSON.parse(data).states);
      for (const one of this.#lives.values()) this.#check(one);
    } else if (name === "state") {
      const { key, values } = JSON.parse(data) as { key: string; values: object };
      const live = this.live(key);
      live.set(
        Object.freeze(Object.fromEntries(Object.entries(values).map(([k, v]) => [k, decode(v)]))),
      );
      live.tell();
    }
  }

  #check({ key }: LiveState): void {
    if (this.#exposed === undefined || this.#exposed.includes(key)) return;
    // oxlint-disable-next-line no-console -- what an app's developer must see
    console.error(
      `ERR_LIVE_NOT_EXPOSED: ${this.#url} does not report the state "${key}". Add it to liveEvents([…]) by expose(…).`,
    );
  }
}

class LiveState implements Live<object> {
  readonly key: string;
  readonly #source: Source;
  readonly #listeners = new Set<{ readonly run: (value: object | undefined) => void }>();
  value: object | undefined;
  known = false;

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
