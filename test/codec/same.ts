import assert from "node:assert/strict";
import { isDeepStrictEqual, types } from "node:util";

/**
 * Asserts that two values are equal in structure, prototypes, order of Map and Set, and in which
 * objects are one and the same.
 */
export function assertSame(actual: unknown, expected: unknown): void {
  const pairs = new Map<unknown, unknown>();
  assertMatch(actual, expected, pairs, new Map(), "value");
  // which takes two invalid dates for different
  if ([...pairs.keys()].some((value) => value instanceof Date && Number.isNaN(value.getTime())))
    return;
  // Node 20 caches what Headers were asked for in a property of theirs.
  if ([...pairs.keys()].some((value) => value instanceof Headers)) return;
  // A second opinion; Node 22 and later use up the stack on what is a thousand deep.
  if (pairs.size < 500) assert.ok(isDeepStrictEqual(actual, expected), "not deeply equal");
}

// A naive walk over both at once, that pairs each object with exactly one of the other side
function assertMatch(
  a: unknown,
  b: unknown,
  pairs: Map<unknown, unknown>,
  back: Map<unknown, unknown>,
  at: string,
): void {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
    assert.ok(Object.is(a, b), `${at} differs`);
    return;
  }
  if (pairs.has(a) || back.has(b)) {
    assert.ok(pairs.get(a) === b && back.get(b) === a, `${at}: shared on one side only`);
    return;
  }
  pairs.set(a, b);
  back.set(b, a);
  assert.equal(Object.getPrototypeOf(a), Object.getPrototypeOf(b), `${at}: prototypes differ`);
  if (a instanceof Date)
    assert.ok(Object.is(a.getTime(), (b as Date).getTime()), `${at}: times differ`);
  if (a instanceof URLSearchParams || a instanceof Headers) {
    assert.deepEqual([...a], [...(b as Headers)], at);
    return;
  }
  if (a instanceof URL) assert.equal(a.href, (b as URL).href, at);
  if (types.isAnyArrayBuffer(a))
    assert.deepEqual(Buffer.from(a as ArrayBuffer), Buffer.from(b as ArrayBuffer), at);
  if (ArrayBuffer.isView(a)) {
    assert.deepEqual(a, b, at);
    return;
  }
  const children = childrenOf(a);
  const others = childrenOf(b);
  assert.equal(children.length, others.length, `${at}: sizes differ`);
  for (const [i, [key, child]] of children.entries()) {
    const [otherKey, other] = others[i] as [unknown, unknown];
    assertMatch(key, otherKey, pairs, back, `${at} key ${i}`);
    assertMatch(child, other, pairs, back, `${at}.${i}`);
  }
}

function childrenOf(value: object): [unknown, unknown][] {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  if (value instanceof Set) return [...(value as Set<unknown>)].map((item) => [0, item]);
  return Object.entries(value);
}
