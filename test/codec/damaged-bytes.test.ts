import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { isPersistError } from "../../src/errors.ts";
import { decode, encode } from "../../src/state/codec/codec.ts";
import { graph } from "./graphs.ts";
import { types } from "./point.ts";

const file = new URL("../vectors/codec.json", import.meta.url);
const vectors = (
  JSON.parse(readFileSync(file, "utf8")) as { cases: { text?: string }[] }
).cases.flatMap(({ text }) => (text === undefined ? [] : [new Uint8Array(Buffer.from(text))]));

type Damage = { kind: "flip" | "cut" | "insert" | "copy"; at: number; with: number };

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("flip" as const, "cut" as const, "insert" as const, "copy" as const),
  at: fc.nat(),
  with: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(...Buffer.from('"$[]{},:\\019-'))),
});

function damaged(bytes: Uint8Array, { kind, at, with: other }: Damage): Uint8Array {
  const i = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, after] = [bytes.subarray(0, i), bytes.subarray(i)];
  if (kind === "flip")
    return Buffer.concat(
      [before, [(after[0] ?? 0) ^ (1 << (other % 8))], after.subarray(1)].map(asBytes),
    );
  if (kind === "cut") return Buffer.concat([before, after.subarray(1 + (other % 20))]);
  if (kind === "insert") return Buffer.concat([before, [other], after].map(asBytes));
  return Buffer.concat([before, bytes.subarray(other % bytes.length), after]);
}

function asBytes(part: Uint8Array | number[]): Uint8Array {
  return Uint8Array.from(part);
}

function assertValueOrDecodeError(bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = decode(bytes, { types });
  } catch (error) {
    assert.ok(isPersistError(error, "ERR_DECODE"), `another error: ${String(error)}`);
    return;
  }
  const written = encode(value, { types });
  assert.equal(Buffer.compare(encode(decode(written, { types }), { types }), written), 0);
}

function assertCleanPrototypes(): void {
  for (const prototype of [Object.prototype, Array.prototype, Map.prototype]) {
    assert.deepEqual(Object.keys(prototype), []);
  }
  assert.equal(Object.getPrototypeOf(Object.prototype), null);
}

test("promise 7 (Stored bytes are data): decode() gives a value or ERR_DECODE, and nothing else, when bytes are damaged", () => {
  const start = fc.oneof(
    graph.map((value) => encode(value, { types })),
    fc.constantFrom(...vectors.filter((bytes) => bytes.length < 1000)),
  );
  fc.assert(
    fc.property(start, fc.array(damage, { minLength: 1, maxLength: 4 }), (bytes, damages) => {
      let result = bytes;
      for (const one of damages) result = damaged(result, one);
      assertValueOrDecodeError(result);
    }),
    { numRuns: 5000 },
  );
  assertCleanPrototypes();
});

/** Numbers as another writer's JSON may have them, each by a string that stands for it. */
const NUMBERS = ["-0", "1e999", "-1e999", "1.0", "1E2", "-1", "9007199254740993"];

function textOf(json: unknown): string {
  return JSON.stringify(json).replaceAll(/"number:([^"]*)"/g, "$1");
}

test("decode() gives a value or ERR_DECODE when the bytes are arbitrary JSON with tags anywhere", () => {
  const names = [
    "$def",
    "$ref",
    "$map",
    "$set",
    "$class",
    "$bare",
    "$date",
    "$tuple",
    "$$x",
    "$",
    "__proto__",
    "a",
  ];
  const leaves = ["$number", "$bigint", "$url", "$searchparams", "$headers", "$bytes", "$custom"];
  const number = fc.constantFrom(...NUMBERS.map((text) => `number:${text}`));
  const text = fc.constantFrom("", "a", "g", "Point", "AAA=", "-0", "NaN", "http://a/", "cookie");
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom<unknown>(0, 1, null),
      text,
      number,
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("node"), { maxKeys: 2, noNullPrototype: true }),
      fc.record({ $regexp: fc.tuple(text, text, fc.oneof(number, fc.nat())) }),
      fc
        .tuple(fc.constantFrom(...leaves), fc.oneof(text, number, fc.array(fc.tuple(text, text))))
        .map(([name, payload]) => ({ [name]: payload })),
    ),
  })).node;
  fc.assert(
    fc.property(tree, (json) => {
      assertValueOrDecodeError(Buffer.from(`J${textOf(json)}`));
    }),
    { numRuns: 5000 },
  );
  assertCleanPrototypes();
});

test("decode() says nothing of what is stored when it refuses bytes", () => {
  const secret = "topsecretvalue";
  for (const text of [
    `J["${secret}"`,
    `J["${secret}\u0001"]`,
    `J{"$date":"${secret}"}`,
    `J{"$regexp":["(${secret}","",0]}`,
    `J{"$class":["${secret}",{}]}`,
    `J{"$url":"${secret}"}`,
    `J{"$${secret} x":1}`,
    `J{"$ref":"${secret}"}`,
    secret,
  ]) {
    assert.throws(
      () => decode(Buffer.from(text), { label: "it" }),
      (error) =>
        isPersistError(error, "ERR_DECODE") &&
        !error.message.includes(secret) &&
        error.cause === undefined,
    );
  }
});

test("decode() names the byte or the path when it refuses bytes", () => {
  const refusals: [string | Buffer, RegExp][] = [
    ['J{"a":[1,]}', /^todos, byte 9: JSON expected/],
    ['J["é",x]', /^todos, byte 7: JSON expected/],
    [Buffer.from([0x4a, 0x22, 0xc3, 0xa9, 0xff, 0x22]), /^todos, byte 4: UTF-8 expected/],
    ["Q", /^todos, byte 0: a format byte/],
    ['J[0,{"owner":{"$date":1}}]', /^todos\[1\]\.owner: /],
    ['J{"a b":{"$map":[[1,{"$set":[1,{"$ref":4}]}]]}}', /^todos\["a b"\]\(entry 0\)\(item 1\): /],
  ];
  for (const [bytes, message] of refusals) {
    assert.throws(() => decode(Buffer.from(bytes as Buffer), { label: "todos" }), {
      code: "ERR_DECODE",
      message,
    });
  }
});
