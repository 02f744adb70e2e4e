import type { DeepReadonly, StateClass } from "../state/index.ts";
import { currentSession } from "./ambient.ts";
import type { WatchListener, WatchOptions } from "./live/index.ts";

/** `currentSession().peek(stateClass)`: this browser's state frozen and untracked, for reading. */
export async function peek<T extends object>(stateClass: StateClass<T>): Promise<DeepReadonly<T>> {
  return await currentSession().peek(stateClass);
}

/** `currentSession().update(stateClass, fn)`: the exact read-modify-write. */
export async function update<T extends object, R>(
  stateClass: StateClass<T>,
  fn: (state: T) => R | Promise<R>,
): Promise<R> {
  return await currentSession().update(stateClass, fn);
}

/** `currentSession().watch(stateClass, listener)`: tells of what other tabs, processes and languages change. Gives what stops it. */
export async function watch<T extends object>(
  stateClass: StateClass<T>,
  listener: WatchListener<T>,
  options?: WatchOptions,
): Promise<() => void> {
  return await currentSession().watch(stateClass, listener, options);
}

/** `currentSession().clear(stateClass)`: ends the life of one state. */
export async function clear(stateClass: StateClass): Promise<void> {
  await currentSession().clear(stateClass);
}
