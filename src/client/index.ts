import type { Status } from "./connection.ts";
import { Source } from "./source.ts";

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
   * The exposed attributes, frozen. Undefined until the server has sent them, after the session has
   * ended, while no user is signed in if the state is a user's, and without a subscriber.
   */
  readonly value: Value<T> | undefined;
  /**
   * Whether the server has sent the state yet, or said that it is over, since the first subscriber.
   */
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
  if (!source) sources.set(url, (source = new Source(url)));
  return source.live(key) as Live<T>;
}
