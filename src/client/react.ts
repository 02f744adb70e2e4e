import { useCallback, useMemo, useSyncExternalStore } from "react";
import { live, type LiveOptions, type Value } from "./index.ts";

/**
 * A state of this browser's session in a component: it renders again after each change, in
 * whichever tab or process.
 *
 * @param initial - the value that the server rendered with: it is shown until the server has sent a
 *   newer one, so hydration matches
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
  return useSyncExternalStore(
    subscribe,
    () => (store.known ? store.value : (initial as Value<T> | undefined)),
    () => initial as Value<T> | undefined,
  );
}
