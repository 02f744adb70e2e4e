import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode, encode } from "../../src/state/codec/codec.ts";
import { findJsonError } from "../../src/state/codec/json-error.ts";
import { graph, plain } from "./graphs.ts";
import { types } from "./point.ts";
import { assertSame } from "./same.ts";

test("decode() gives back any graph of supported values, with its sharing and cycles, when encode() wrote it", () => {
  fc.assert(
    fc.property(graph, (value) => {
      assertSame(decode(encode(value, { types }), { types }), value);
    }),
    { numRuns: 2000 },
  );
});

test("encode() writes the same bytes again when it is given what decode() made of them", () => {
  fc.assert(
    fc.property(graph, (value) => {
      const bytes = encode(value, { types });
      assert.equal(Buffer.compare(encode(value, { types }), bytes), 0);
      assert.equal(Buffer.compare(encode(decode(bytes, { types }), { types }), bytes), 0);
    }),
    { numRuns: 2000 },
  );
});

test("encode() changes nothing of the value when it writes it", () => {
  fc.assert(
    fc.property(fc.clone(graph, 2), ([value, twin]) => {
      encode(value, { types });
      assertSame(value, twin);
    }),
    { numRuns: 500 },
  );
});

test("encode() writes what JSON.stringify writes when the value is plain and has no key that begins with a dollar", () => {
  fc.assert(
    fc.property(plain, (value) => {
      const json = JSON.stringify(value);
      fc.pre(!json.includes('"$') && !json.includes("-0"));
      const bytes = encode(JSON.parse(json));
      assert.equal(Buffer.from(bytes).toString(), `J${json}`);
      assertSame(decode(bytes), JSON.parse(json));
    }),
    { numRuns: 1000 },
  );
});

test("findJsonError() finds an error exactly when JSON.parse does", () => {
  const cut = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom("", '"', ",", "]", "0", "\\", "e", " "),
  );
  fc.assert(
    fc.property(cut, ([json, position, removed, inserted]) => {
      const at = position % (json.length + 1);
      const text = json.slice(0, at) + inserted + json.slice(at + removed);
      const error = findJsonError(text);
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      assert.equal(error === undefined, parses);
      if (error !== undefined) assert.ok(error >= 0 && error <= text.length);
    }),
    { numRuns: 3000 },
  );
});
