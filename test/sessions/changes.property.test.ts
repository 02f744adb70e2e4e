import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { persist, restore } from "../../src/index.ts";
import { fixture } from "./fixture.ts";

// The naive model: a plain object that the same operations are applied to, copied whole after each
// scope.
type Attributes = Record<string, unknown>;

@persist("changes.property")
class AppState {
  a: unknown = [];
  b: unknown = {};
  c: unknown = new Map();
  d: unknown = 0;
}

const NAMES = ["a", "b", "c", "d", "e"];

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.constantFrom(null, undefined, true, -0, Number.NaN),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 4 }).map((members) => new Set(members)),
    fc
      .array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 })
      .map((entries) => new Map(entries)),
  ),
})).value;

interface Operation {
  readonly kind: "read" | "assign" | "delete" | "mutate";
  readonly name: string;
  readonly depth: number;
  readonly at: number;
  readonly value: unknown;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom("read", "assign", "delete", "mutate"),
  name: fc.constantFrom(...NAMES),
  depth: fc.nat(3),
  at: fc.nat(7),
  value,
});

/** Does the same to the model and to the state; each side gets a copy of the value of its own. */
function apply(target: Attributes, { kind, name, depth, at, value: raw }: Operation): void {
  const copy: unknown = structuredClone(raw);
  if (kind === "assign") target[name] = copy;
  else if (kind === "delete") delete target[name];
  else if (kind === "read") void target[name];
  else mutate(target[name], depth, at, copy);
}

function mutate(place: unknown, depth: number, at: number, put: unknown): void {
  if (typeof place !== "object" || place === null) return;
  if (depth > 0) {
    const parts: unknown[] =
      place instanceof Map || place instanceof Set
        ? [...place.values()]
        : ArrayBuffer.isView(place)
          ? []
          : Object.values(place);
    if (parts.length > 0) {
      mutate(parts[at % parts.length], depth - 1, at, put);
      return;
    }
  }
  if (Array.isArray(place)) {
    if (at % 2 === 0) place.push(put);
    else place.splice(at, 1);
  } else if (place instanceof Map) {
    if (at % 3 === 0) place.delete([...place.keys()][0]);
    else place.set(`k${at}`, put);
  } else if (place instanceof Set) place.add(put);
  else if (place instanceof Date) place.setTime(at);
  else if (place instanceof Uint8Array) place.fill(at);
  else if (at % 3 === 0) delete (place as Attributes)[Object.keys(place)[0] ?? ""];
  else (place as Attributes)[`k${at}`] = put;
}

const attributesOf = (state: object): Attributes =>
  Object.fromEntries(Object.keys(state).map((name) => [name, (state as Attributes)[name]]));

/**
 * Declared attributes in the class's order first: the order of a state's own keys is no part of
 * what is kept.
 */
const sorted = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).toSorted(([x], [y]) => (x < y ? -1 : 1)));

test("promise 3 (Nested changes): any run of operations over scopes and reloads ends as the naive model does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (scopes) => {
        const { sessions, other } = fixture();
        let model: Attributes = attributesOf(new AppState());
        const { token } = await sessions.open();
        for (const operations of scopes) {
          const session = await (operations.length % 2 === 0 ? sessions : other()).open(token);
          await session.run(async () => {
            const state = (await restore(AppState)) as unknown as Attributes;
            for (const one of operations) {
              apply(state, one);
              apply(model, one);
            }
          });
          model = structuredClone(model);
          const reader = await other().open(token);
          await reader.run(async () =>
            assert.deepStrictEqual(sorted(attributesOf(await restore(AppState))), sorted(model)),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("promise 4 (Merging): restore, read everything, commit writes nothing, whatever is stored", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true }),
      async (content) => {
        const { sessions, store, other } = fixture();
        const session = await sessions.open();
        await session.run(async () => void Object.assign(await restore(AppState), content));
        const { writes } = store;
        for (const process of [sessions, other()]) {
          const again = await process.open(session.token);
          await again.run(async () => {
            const state = await restore(AppState);
            structuredClone(attributesOf(state));
            await again.commit();
            structuredClone(attributesOf(state));
          });
        }
        assert.equal(store.writes, writes);
      },
    ),
    { numRuns: 300 },
  );
});
