import type { DeepReadonly, StateClass } from "../state/index.ts";
import { currentSession } from "./ambient.ts";
import type { WatchListener, WatchOptions } from "./live/index.ts";

/**
 * Gives this browser's state frozen and untracked, for reading:
 * `currentSession().peek(stateClass)`. Changing it throws a TypeError.
 *
 * @throws PersistError `ERR_NO_SESSION`, `ERR_NOT_PERSISTED`, `ERR_NO_USER`, `ERR_SCHEMA_NEWER`,
 * `ERR_MIGRATE_…`, `ERR_STORE_…`
 * @example
 * ```ts
 * import { peek, persist } from "persist-session";
 * import { testSession } from "persist-session/testing";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * await using browser = await testSession();
 * await browser.run(async () => {
 *   console.log((await peek(Cart)).items.length); // 0
 * });
 * ```
 */
export async function peek<T extends object>(stateClass: StateClass<T>): Promise<DeepReadonly<T>> {
  return await currentSession().peek(stateClass);
}

/**
 * Reads, modifies and writes the state exactly, however many others write it at the same time:
 * `currentSession().update(stateClass, fn)`.
 *
 * @returns the result of `fn`
 * @throws PersistError `ERR_NO_SESSION`, `ERR_NOT_PERSISTED`, `ERR_NO_USER`, `ERR_CONFLICT`,
 * `ERR_HEADERS_SENT`, `ERR_NESTED_UPDATE`, `ERR_STORE_…`
 * @example
 * ```ts
 * import { persist, update } from "persist-session";
 * import { testSession } from "persist-session/testing";
 *
 * class Votes {
 *   yes = 0;
 * }
 * persist("votes", Votes);
 *
 * await using browser = await testSession();
 * await browser.run(async () => {
 *   const yes = await update(Votes, (votes) => ++votes.yes);
 *   console.log(yes); // 1
 * });
 * ```
 */
export async function update<T extends object, R>(
  stateClass: StateClass<T>,
  fn: (state: T) => R | Promise<R>,
): Promise<R> {
  return await currentSession().update(stateClass, fn);
}

/**
 * Calls `listener` after another tab, process or language has changed the state:
 * `currentSession().watch(stateClass, listener)`.
 *
 * @returns the function that stops it
 * @throws PersistError `ERR_NO_SESSION`, `ERR_NOT_PERSISTED`, `ERR_NO_USER`, `ERR_HEADERS_SENT`,
 * `ERR_STORE_…`
 * @example
 * ```ts
 * import { persist, update, watch } from "persist-session";
 * import { testSession } from "persist-session/testing";
 *
 * class Votes {
 *   yes = 0;
 * }
 * persist("votes", Votes);
 *
 * await using browser = await testSession();
 * await browser.run(() => update(Votes, (votes) => void votes.yes++));
 * await browser.reload();
 * await browser.run(async () => {
 *   const stop = await watch(Votes, ({ yes }) => console.log(yes), { immediate: true }); // 1
 *   stop();
 * });
 * ```
 */
export async function watch<T extends object>(
  stateClass: StateClass<T>,
  listener: WatchListener<T>,
  options?: WatchOptions,
): Promise<() => void> {
  return await currentSession().watch(stateClass, listener, options);
}

/**
 * Ends the life of one state: `currentSession().clear(stateClass)`. The next `restore` gives a
 * fresh one.
 *
 * @throws PersistError `ERR_NO_SESSION`, `ERR_NOT_PERSISTED`, `ERR_NO_USER`, `ERR_HEADERS_SENT`,
 * `ERR_STORE_…`
 * @example
 * ```ts
 * import { clear, persist, restore } from "persist-session";
 * import { testSession } from "persist-session/testing";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * await using browser = await testSession();
 * await browser.run(async () => {
 *   (await restore(Cart)).items.push("tea");
 *   await clear(Cart);
 *   console.log((await restore(Cart)).items); // []
 * });
 * ```
 */
export async function clear(stateClass: StateClass): Promise<void> {
  await currentSession().clear(stateClass);
}
