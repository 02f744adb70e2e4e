/**
 * Changes an object that the app already holds, in place, to the content of a newer one. So a
 * reference that was taken before another process's commit is still part of the state afterwards.
 * Keeps parts of the same kind at the same place and updates them in turn; replaces everything
 * else.
 *
 * @param isWhole - whether an object can only be replaced, because only its own class knows its
 *   content
 * @returns the object to use: `held` if it could be kept, else `newer`
 */
export function reconcile(
  held: unknown,
  newer: unknown,
  isWhole = (_value: object): boolean => false,
): unknown {
  return bring(held, newer, { seen: new Set(), isWhole });
}

interface Walk {
  readonly seen: Set<unknown>;
  readonly isWhole: (value: object) => boolean;
}

function bring(held: unknown, newer: unknown, walk: Walk): unknown {
  const { seen, isWhole } = walk;
  if (!isObject(held) || !isObject(newer) || held === newer) return newer;
  // An object that occurs twice (shared or cyclic) must not be rewritten twice.
  if (seen.has(held) || seen.has(newer) || !Object.isExtensible(held)) return newer;
  if (Object.getPrototypeOf(held) !== Object.getPrototypeOf(newer)) return newer;
  if (isWhole(newer)) return newer;
  seen.add(held).add(newer);
  if (Array.isArray(held) && Array.isArray(newer)) return reconcileArray(held, newer, walk);
  if (held instanceof Map && newer instanceof Map) return reconcileMap(held, newer, walk);
  if (held instanceof Set && newer instanceof Set) {
    held.clear();
    for (const member of newer) held.add(member);
    return held;
  }
  if (held instanceof Date && newer instanceof Date) {
    held.setTime(newer.getTime());
    return held;
  }
  if (isExotic(held)) return newer;
  return reconcileProperties(held, newer, walk);
}

function reconcileArray(held: unknown[], newer: unknown[], walk: Walk): unknown[] {
  for (let index = 0; index < newer.length; index++) {
    held[index] = bring(held[index], newer[index], walk);
  }
  held.length = newer.length;
  return held;
}

function reconcileMap(
  held: Map<unknown, unknown>,
  newer: Map<unknown, unknown>,
  walk: Walk,
): Map<unknown, unknown> {
  const before = new Map(held);
  // Emptied first: the order of entries is part of the content.
  held.clear();
  for (const [key, value] of newer) held.set(key, bring(before.get(key), value, walk));
  return held;
}

function reconcileProperties(
  held: Record<string, unknown>,
  newer: Record<string, unknown>,
  walk: Walk,
): object {
  const before = new Map(Object.entries(held));
  const names = Object.keys(newer);
  const sameOrder =
    before.size === names.length && [...before.keys()].every((name, at) => name === names[at]);
  // The order of keys is part of the content. Deleting them is the only way to change it, but makes
  // the object slower.
  if (!sameOrder) for (const name of before.keys()) delete held[name];
  for (const [name, value] of Object.entries(newer)) {
    Object.defineProperty(held, name, {
      value: bring(before.get(name), value, walk),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return held;
}

/**
 * Whether an object keeps its content outside of its properties, in a form that cannot be replaced.
 */
function isExotic(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof RegExp ||
    value instanceof URL ||
    value instanceof URLSearchParams ||
    value instanceof Headers ||
    value instanceof Error
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
