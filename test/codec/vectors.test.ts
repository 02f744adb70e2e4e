import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { isPersistError } from "../../src/errors.ts";
import { decode, encode, OpaqueValue } from "../../src/state/codec/codec.ts";
import { Point, types } from "./point.ts";
import { assertSame } from "./same.ts";

interface Vector {
  name: string;
  text?: string;
  base64?: string;
  js?: string;
  jsOpaque?: string;
  decodeOnly?: string[];
  error?: string;
  languages?: string[];
}

const file = new URL("../vectors/codec.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Vector[] };

for (const vector of cases) {
  if (vector.languages !== undefined && !vector.languages.includes("js")) continue;
  const bytes =
    vector.text === undefined
      ? Buffer.from(vector.base64 ?? "", "base64")
      : Buffer.from(vector.text);

  if (vector.error !== undefined) {
    test(`decode() throws ${vector.error} when the bytes are ${vector.name}`, () => {
      assert.throws(
        () => decode(bytes, { types, label: "it" }),
        (error) =>
          isPersistError(error) && error.code === vector.error && error.message.startsWith("it"),
      );
    });
    continue;
  }

  test(`decode() and encode() agree when the value is ${vector.name}`, () => {
    const value = decode(bytes, { types });
    if (vector.js !== undefined) {
      const build = vm.runInThisContext(`(Point) => (${vector.js})`) as (
        point: typeof Point,
      ) => unknown;
      const expected = build(Point);
      assertSame(value, expected);
      if (!vector.decodeOnly?.includes("js")) assertBytes(encode(expected, { types }), bytes);
    } else {
      if (vector.jsOpaque !== undefined) {
        assert.ok(value instanceof OpaqueValue);
        assert.equal(value.tag, vector.jsOpaque === "attribute" ? undefined : vector.jsOpaque);
      }
      assertBytes(encode(value, { types }), bytes);
    }
  });
}

function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(Buffer.from(actual).toString("latin1"), Buffer.from(expected).toString("latin1"));
}
