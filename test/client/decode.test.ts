import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode as decodeOnServer } from "../../src/state/codec/codec.ts";
import { decode } from "../../src/client/decode.ts";
import { Point, types } from "../codec/point.ts";
import { assertSame } from "../codec/same.ts";

interface Vector {
  readonly name: string;
  readonly text?: string;
  readonly js?: string;
  readonly error?: string;
}

const file = new URL("../vectors/codec.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Vector[] };

// A page has neither the app's classes nor objects without a prototype: both come as plain objects.
const plain = /\$(?:class|bare|float16array)/;

for (const { name, text, js, error } of cases) {
  if (!text?.startsWith("J") || js === undefined || error !== undefined || plain.test(text))
    continue;
  test(`a page reads what the server wrote: ${name}`, () => {
    const onPage = decode(JSON.parse(text.slice(1)));
    const onServer = decodeOnServer(Buffer.from(text), { types });
    assertSame(onPage, onServer);
  });
}

test("a page reads a value of a type with write() as what that has given", () => {
  const json = { $custom: ["Price", { text: "1.5", at: { $date: "1970-01-01T00:00:00.000Z" } }] };
  assert.deepEqual(decode(json), { text: "1.5", at: new Date(0) });
});

test("a page reads an instance of the app's class as a plain object", () => {
  const text = '{"$class":["Point",{"x":1,"y":{"$number":"-0"}}]}';
  assert.ok(decodeOnServer(Buffer.from(`J${text}`), { types }) instanceof Point);
  assert.deepEqual(decode(JSON.parse(text)), { x: 1, y: -0 });
});

test("a page leaves what only another language reads as it is written", () => {
  assert.deepEqual(decode(JSON.parse('{"$tuple":[1,2]}')), { $tuple: [1, 2] });
});

test("what a page reads is frozen, all the way down", () => {
  const value = decode(JSON.parse('{"list":[{"x":1}]}')) as { list: { x: number }[] };
  assert.throws(() => (value.list[0]!.x = 2), TypeError);
  assert.throws(() => value.list.push({ x: 2 }), TypeError);
});
