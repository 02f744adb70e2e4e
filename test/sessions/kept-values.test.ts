import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isPersistError, persist, restore } from "../../src/index.ts";
import { assertSame } from "../codec/same.ts";
import { opened } from "./fixture.ts";

@persist("kept.values")
class Kept {
  value: unknown = null;
}

class List extends Array<unknown> {}
class When extends Date {}
class Query extends URLSearchParams {}

/**
 * Values of every kind that a built-in of the language or the runtime has, odd ones among them.
 * Made anew each time.
 */
const makers: readonly (() => unknown)[] = [
  // oxlint-disable-next-line no-sparse-arrays -- what has to be refused
  () => [1, , 3],
  () => Object.assign([1], { total: 3 }),
  () =>
    Object.assign(
      Array.from({ length: 99 }, () => 0),
      { total: 3 },
    ),
  () =>
    Object.defineProperty(
      Array.from({ length: 99 }, () => 0),
      "total",
      { value: 3 },
    ),
  () => /a(b)/.exec("ab"),
  () => Object.assign(new Uint8Array(3), { x: 1 }),
  () => Object.assign(new Map(), { x: 1 }),
  () => Object.assign(new Set(), { x: 1 }),
  () => Object.assign(new Date(0), { x: 1 }),
  () => Object.assign(new URL("http://localhost/"), { x: 1 }),
  () => Object.assign(new Headers(), { x: 1 }),
  () => Object.assign(new Error("a"), { x: 1 }),
  () => ({ [Symbol("s")]: 1 }),
  () => ({
    get a() {
      return 1;
    },
  }),
  () => List.from([1]),
  () => new When(0),
  () => new Query("a=1"),
  () => new URLSearchParams("a=1&b=2&a=3"),
  () => new URL("http://localhost/?a=1").searchParams,
  () => new Headers({ "x-a": "1", accept: "a" }),
  () => Object(1),
  () => Object("a"),
  () => Object(1n),
  () => new Blob(["a"]),
  () => new File(["a"], "b"),
  () => new FormData(),
  () => new Request("http://localhost/"),
  () => new Intl.NumberFormat("de"),
  () => new Intl.DateTimeFormat("de"),
  () => new WeakMap(),
  () => new WeakRef({}),
  () => Promise.resolve(1),
  () => (function* () {})(),
  () => [1].values(),
  () => new Proxy({ a: 1 }, {}),
  () => new Proxy([1, 2], {}),
  () => new Proxy(new Map(), {}),
  () => Object.assign(Object.create(null), { a: 1 }),
  () => Object.freeze({ a: [1] }),
  () => Object.freeze([1, 2]),
  () => Object.seal({ a: 1 }),
  () => new ArrayBuffer(4),
  () => new SharedArrayBuffer(4),
  () => new Float64Array([1, Number.NaN, -0]),
  () => new DataView(new ArrayBuffer(2)),
  () => /a/giu,
  () => new Date(Number.NaN),
  () => 10n ** 30n,
  () => undefined,
  () => -0,
  () => Symbol("s"),
  () => () => 1,
  () => Math,
  () => new AbortController(),
  () =>
    new (class Own {
      #hidden = 1;
      seen = this.#hidden;
    })(),
];

const odd = fc.constantFrom(...makers);

/** An odd value, alone or inside plain ones, as a recipe. */
const recipe: fc.Arbitrary<() => unknown> = fc.letrec<{ value: () => unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    odd,
    fc.array(tie("value"), { maxLength: 3 }).map((parts) => () => parts.map((make) => make())),
    fc
      .dictionary(fc.string({ maxLength: 3 }), tie("value"), { maxKeys: 3 })
      .map(
        (parts) => () =>
          Object.fromEntries(Object.entries(parts).map(([name, make]) => [name, make()])),
      ),
    fc
      .array(tie("value"), { maxLength: 2 })
      .map((parts) => () => new Map(parts.map((make, at) => [at, make()]))),
  ),
})).value;

async function keepAndReload(make: () => unknown): Promise<"refused" | "kept"> {
  const { session, other } = await opened();
  const value = make();
  try {
    await session.run(async () => {
      (await restore(Kept)).value = value;
    });
  } catch (error) {
    assert.ok(isPersistError(error, "ERR_VALUE_UNSUPPORTED"), String(error));
    assert.match(error.message, /^Kept\.value/);
    return "refused";
  }
  for (const reader of [other(), other()]) {
    const again = await reader.open(session.token);
    await again.run(async () => {
      const state = await restore(Kept);
      assertSame(state.value, value);
      // A second time, from what was read.
      state.value = [state.value];
      await again.commit();
      state.value = (state.value as unknown[])[0];
    });
  }
  return "kept";
}

test("promise 14 (Accepted means equal): a value of any kind is there after two reloads, or its commit names its path", async () => {
  const outcomes = new Set<string>();
  for (const make of makers) outcomes.add(await keepAndReload(make));
  assert.deepEqual(outcomes, new Set(["kept", "refused"]));
  await fc.assert(
    fc.asyncProperty(recipe, async (make) => {
      await keepAndReload(make);
    }),
    { numRuns: 400 },
  );
});

test("changes in place of URLSearchParams and Headers are found, and brought into objects that are held", async () => {
  const { session, sessions, other } = await opened();
  await session.run(async () => {
    (await restore(Kept)).value = { query: new URLSearchParams("a=1"), headers: new Headers() };
  });
  const there = await other().open(session.token);
  await there.run(async () => {
    const { query, headers } = (await restore(Kept)).value as {
      query: URLSearchParams;
      headers: Headers;
    };
    query.append("a", "2");
    headers.set("x-a", "1");
  });
  await session.run(async () => {
    const { value } = await restore(Kept);
    const { query, headers } = value as { query: URLSearchParams; headers: Headers };
    assert.equal(query.toString(), "a=1&a=2");
    assert.equal(headers.get("x-a"), "1");
    await there.run(async () => {
      ((await restore(Kept)).value as { query: URLSearchParams }).query.delete("a");
    });
    const later = (await (
      await sessions.open(session.token)
    ).run(async () => (await restore(Kept)).value)) as { query: URLSearchParams };
    assert.equal(later.query.toString(), "");
  });
  await session.run(async () => {
    const { query, headers } = (await session.peek(Kept)).value as {
      query: URLSearchParams;
      headers: Headers;
    };
    assert.throws(() => query.append("b", "1"), TypeError);
    // oxlint-disable-next-line unicorn/no-array-sort -- no array
    assert.throws(() => query.sort(), TypeError);
    assert.throws(() => headers.append("b", "1"), TypeError);
    assert.equal(headers.get("x-a"), "1");
  });
});
