import type { RecordChange } from "./store.ts";

/** A listener given to a store's `watch`. */
export type ChangeListener = (change: RecordChange) => void;

/**
 * Tells one watcher of a change, in a task of its own: a listener that throws must not keep the
 * others from being told. A watch that has ended meanwhile is not told any more.
 */
export function tellLater<Watch>(
  watches: ReadonlySet<Watch>,
  watch: Watch,
  listener: ChangeListener,
  change: RecordChange,
): void {
  queueMicrotask(() => {
    if (watches.has(watch)) listener(change);
  });
}
