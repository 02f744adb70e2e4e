import { useCallback, useMemo, useSyncExternalStore } from "react";
import { live, type LiveOptions, type Value } from "./index.ts";
import { epoch, type LiveState } from "./source.ts";

/**
 * A state of this browser's session in a component: it renders again after each change, in
 * whichever tab or process.
 *
 * @param initial - the value that the server rendered with: it is shown until the server has sent a
 *   newer one, so hydration matches. Once the session has ended, what was given before is not shown
 *   again; an `initial` with other content is
 * @returns the value; undefined if there is no `initial` yet, or the session has ended
 * @example
 * ```ts
 * import { createElement } from "react";
 * import { useLive } from "persist-session/react";
 *
 * export function CartCount() {
 *   const cart = useLive<{ items: string[] }>("cart");
 *   return createElement("b", undefined, cart?.items.length ?? 0);
 * }
 * ```
 */
export function useLive<T extends object>(
  state: string | { readonly key: string },
  initial?: T | Value<T>,
  options: LiveOptions = {},
): Value<T> | undefined {
  // A server needs no hook to show a first value. Its React may differ from this module's: Next
  // brings its own for rendering, and packages outside its bundles import the installed one.
  if (typeof document === "undefined") return initial as Value<T> | undefined;
  return useFollowed(state, initial, options);
}

function useFollowed<T extends object>(
  state: string | { readonly key: string },
  initial: T | Value<T> | undefined,
  options: LiveOptions,
): Value<T> | undefined {
  const key = typeof state === "string" ? state : state.key;
  const { url } = options;
  const store = useMemo(() => live<T>(key, url === undefined ? {} : { url }), [key, url]);
  const subscribe = useCallback((changed: () => void) => store.subscribe(changed), [store]);
  const born = useMemo(() => birthOf(store, initial), [store, initial]);
  return useSyncExternalStore(
    subscribe,
    () => store.value ?? (isOver(store, born) ? undefined : (initial as Value<T> | undefined)),
    () => initial as Value<T> | undefined,
  );
}

/** How many first values of a state are remembered. */
const MAX_REMEMBERED = 100;

/** The epoch at which each first value of a state came, by its content. */
const births = new WeakMap<object, Map<unknown, number>>();

/**
 * When a first value came. It goes by the content: a component may give the same one in a new
 * object each time.
 */
function birthOf(store: object, initial: unknown): number {
  let known = births.get(store);
  if (known === undefined) births.set(store, (known = new Map()));
  const content = contentOf(initial);
  const born = known.get(content) ?? epoch.now;
  known.delete(content);
  known.set(content, born);
  if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value);
  return born;
}

/** Whether a first value may be that of a session which has ended. */
function isOver(store: object, born: number): boolean {
  return born < (store as LiveState).since;
}

/** What tells first values apart: a text, or the object itself if it has none. */
function contentOf(value: unknown): unknown {
  try {
    return JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part === "bigint") return `${part}n`;
      return part instanceof Map || part instanceof Set ? [...part] : part;
    });
  } catch {
    return value;
  }
}
