import type { RecordChange } from "./store.ts";

/** A listener given to a store's `watch`. */
export type ChangeListener = (change: RecordChange) => void;

/**
 * Tells one watcher about a change, in a task of its own: if a listener throws, the others must
 * still be told. A watch that has ended meanwhile is not told.
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
