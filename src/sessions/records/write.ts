import { isSealName } from "../../identity/index.ts";
import type { Engine } from "./engine.ts";

/** What was written of one state. */
export interface StoredChanges {
  readonly state: string;
  readonly set: ReadonlyMap<string, Uint8Array>;
  readonly remove: readonly string[];
}

/** @param started - when the write began, by `performance.now()` */
export function tellCommit(
  { events }: Engine,
  stored: readonly StoredChanges[],
  started: number,
): void {
  if (stored.length === 0 || !events.listens("commit")) return;
  let attributes = 0;
  let bytes = 0;
  for (const { set, remove } of stored) {
    attributes += set.size + remove.length;
    for (const [name, part] of set) {
      if (isSealName(name)) attributes--;
      bytes += part.length;
    }
  }
  const states = stored.map(({ state }) => state);
  events.emit("commit", { states, attributes, bytes, milliseconds: performance.now() - started });
}
