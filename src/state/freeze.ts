/**
 * Freezes a value deeply, for `peek`. The language cannot freeze the content of a Map, Set, Date,
 * URL or RegExp, so their changing methods throw on that object. Typed arrays and buffers cannot be
 * protected at all.
 *
 * @param isWhole - whether a value is left as it is, because only its own class knows its content
 * @returns whether several readers may safely share the value
 */
export function freezeDeep(root: unknown, isWhole = (_value: object): boolean => false): boolean {
  const waiting: unknown[] = [root];
  let safe = true;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null || Object.isFrozen(value)) continue;
    if (isWhole(value)) {
      safe = false;
      continue;
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      safe = false;
      continue;
    }
    if (value instanceof Map) for (const [key, part] of value) waiting.push(key, part);
    else if (value instanceof Set) for (const part of value) waiting.push(part);
    if (hasHiddenContent(value)) {
      forbidChanges(value);
      safe = false;
    }
    for (const part of Object.values(value)) waiting.push(part);
    Object.freeze(value);
  }
  return safe;
}

function hasHiddenContent(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Date ||
    value instanceof URL ||
    value instanceof URLSearchParams ||
    value instanceof Headers ||
    value instanceof RegExp
  );
}

const CHANGING = /^(?:set|add|append|sort|delete|clear|compile)/;

function forbidChanges(value: object): void {
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter((name) =>
    CHANGING.test(name),
  );
  for (const name of methods) Object.defineProperty(value, name, { value: refuseChange });
}

function refuseChange(): never {
  throw new TypeError(
    "Cannot change what peek() gave: it is only for reading. Use restore() or update() to change a state.",
  );
}
