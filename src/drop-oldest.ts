/**
 * Keeps a bound: drops the entries that were put in first, as long as there are more than `most`.
 * An entry that was used is put in anew (deleted, then set), so that it counts as the newest.
 */
export function dropOldest<K>(
  entries: Pick<Map<K, unknown> | Set<K>, "keys" | "delete" | "size">,
  most: number,
): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}
