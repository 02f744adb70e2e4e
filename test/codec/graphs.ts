import fc from "fast-check";
import { decode } from "../../src/state/codec/codec.ts";
import { Point } from "./point.ts";

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "$date",
    "$",
    "$$",
    '{"$def":[0,[]]}',
    "\\u0024",
    "\ud800",
    "a\udfff",
    "\u2028",
    "\u0000",
    "é",
  ),
);

const key = fc.oneof(
  text,
  fc.constantFrom("__proto__", "constructor", "toJSON", "length", "1", "01", "$ref", "$def", "x"),
);

const bytes = fc.uint8Array({ maxLength: 24 }).map((array) => array.slice());

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, NaN, -0, Infinity, -Infinity, 2 ** 53, 2 ** 64, 1e21, 5e-324),
);

/**
 * Objects that hold no others. Functions, so that each use of one recipe makes an object of its
 * own.
 */
const leafObject: fc.Arbitrary<() => object> = fc.oneof(
  fc.date({ noInvalidDate: false }).map((date) => () => new Date(date)),
  bytes.map((array) => () => array.slice()),
  bytes.map((array) => () => new DataView(array.slice().buffer)),
  bytes.map((array) => () => array.slice().buffer),
  fc.array(fc.integer()).map((items) => () => Int16Array.from(items)),
  fc.array(fc.double()).map((items) => () => Float64Array.from(items)),
  fc
    .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    .map((items) => () => BigInt64Array.from(items)),
  fc.webUrl().map((url) => () => new URL(url)),
  fc
    .array(fc.tuple(fc.string(), fc.string({ unit: "binary" })))
    .map((pairs) => () => new URLSearchParams(pairs)),
  fc
    .array(
      fc.tuple(
        fc.constantFrom("set-cookie", "x-a", "X-B", "accept", "cookie"),
        fc.oneof(
          fc.constantFrom("a=1", "b, c", "", "\u00e9", "long ".repeat(9)),
          fc.string({ unit: fc.constantFrom("a", ",", " ", ";", "\u00a0", "\t"), maxLength: 6 }),
        ),
      ),
    )
    .map((pairs) => () => new Headers(pairs)),
  fc
    .tuple(
      fc.constantFrom("a/b", "", "\\d+", "[/]", "\n"),
      fc.constantFrom("", "gi", "sy", "u"),
      fc.nat(),
    )
    .map(
      ([source, flags, lastIndex]) =>
        () =>
          Object.assign(new RegExp(source, flags), { lastIndex }),
    ),
  fc
    .constantFrom(
      '{"$tuple":[1.0,{"2":0,"1":0}]}',
      '{"$decimal":"1.10"}',
      '{"$future":{"}":"\\"{"}}',
    )
    .map((json) => () => decode(Buffer.from(`J${json}`)) as object),
);

type Slot = { leaf: unknown } | { node: number };
type Recipe =
  | { kind: "leaf"; make: () => object }
  | { kind: "array" | "set"; slots: Slot[] }
  | { kind: "object" | "bare" | "map" | "point"; entries: [string, Slot, Slot][] };

const slot: fc.Arbitrary<Slot> = fc.oneof(
  leaf.map((value) => ({ leaf: value })),
  fc.nat({ max: 9 }).map((node) => ({ node })),
);

const recipe: fc.Arbitrary<Recipe> = fc.oneof(
  fc.record({ kind: fc.constant("leaf" as const), make: leafObject }),
  fc.record({
    kind: fc.constantFrom("array" as const, "set" as const),
    slots: fc.array(slot, { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constantFrom("object" as const, "bare" as const, "map" as const, "point" as const),
    entries: fc.array(fc.tuple(key, slot, slot), { maxLength: 5 }),
  }),
);

/**
 * Any graph of supported values: slots name other nodes freely, so sharing and cycles of all kinds
 * appear.
 */
export const graph: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: leaf },
  { weight: 9, arbitrary: fc.array(recipe, { minLength: 1, maxLength: 10 }).map(build) },
);

/** Plain JSON values only: what takes the short way. */
export const plain: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 6 });

function build(recipes: readonly Recipe[]): unknown {
  const nodes = recipes.map(shellOf);
  const valueOf = (from: Slot): unknown =>
    "leaf" in from ? from.leaf : nodes[from.node % nodes.length];
  for (const [i, from] of recipes.entries()) {
    const node = nodes[i] as object;
    if (from.kind === "array") (node as unknown[]).push(...from.slots.map(valueOf));
    if (from.kind === "set")
      for (const item of from.slots) (node as Set<unknown>).add(valueOf(item));
    if (from.kind === "map")
      for (const [, k, v] of from.entries)
        (node as Map<unknown, unknown>).set(valueOf(k), valueOf(v));
    if (from.kind === "object" || from.kind === "bare" || from.kind === "point") {
      for (const [name, , value] of from.entries) {
        Object.defineProperty(node, name, {
          value: valueOf(value),
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    }
  }
  return nodes[0];
}

function shellOf(from: Recipe): object {
  switch (from.kind) {
    case "leaf":
      return from.make();
    case "array":
      return [];
    case "set":
      return new Set();
    case "map":
      return new Map();
    case "object":
      return {};
    case "bare":
      return Object.create(null) as object;
    case "point":
      return new Point();
  }
}
