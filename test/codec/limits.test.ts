import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "../../src/state/codec/codec.ts";

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

const wraps: [string, number, (inner: unknown) => unknown][] = [
  ["arrays", 1, (inner) => [inner]],
  ["objects", 1, (inner) => ({ a: inner })],
  ["bare objects", 2, (inner) => Object.assign(Object.create(null) as object, { a: inner })],
  ["sets", 2, (inner) => new Set([inner])],
  ["maps", 3, (inner) => new Map([["a", inner]])],
];

for (const [name, levels, wrap] of wraps) {
  test(`encode() refuses exactly what decode() would refuse as too deep when ${name} are nested`, () => {
    const most = Math.floor(1000 / levels);
    const bytes = encode(nested(most, wrap));
    assert.equal(Buffer.compare(encode(decode(bytes)), bytes), 0);
    assert.throws(() => encode(nested(most + 1, wrap)), {
      code: "ERR_VALUE_UNSUPPORTED",
      message: /1000 levels/,
    });
    assert.throws(() => encode(nested(100_000, wrap)), {
      code: "ERR_VALUE_UNSUPPORTED",
      message: /1000 levels/,
    });
  });
}

test("encode() and decode() keep to maxDepth when it is set", () => {
  const options = { maxDepth: 3 };
  const three = nested(3, (inner) => [inner]);
  assert.deepEqual(decode(encode(three, options), options), three);
  assert.throws(() => encode([three], options), {
    code: "ERR_VALUE_UNSUPPORTED",
    message: /3 levels/,
  });
  assert.throws(() => decode(encode([three]), options), {
    code: "ERR_DECODE",
    message: /3 nested levels/,
  });
  for (const value of [undefined, NaN, 1n, new Date(0)]) {
    encode([[value]], options);
    assert.throws(() => encode([[[value]]], options), { code: "ERR_VALUE_UNSUPPORTED" });
  }
  for (const maxDepth of [0, 1001, 1.5]) {
    assert.throws(() => encode(1, { maxDepth }), { code: "ERR_OPTION_INVALID" });
    assert.throws(() => decode(encode(1), { maxDepth }), { code: "ERR_OPTION_INVALID" });
  }
});

test("encode() counts the brackets of sharing when an object is met again deep down", () => {
  const shared: unknown[] = [];
  const value = (levels: number): unknown =>
    nested(levels, (inner) => (inner === 1 ? [shared, shared] : [inner]));
  const bytes = encode(value(997));
  assert.equal(Buffer.compare(encode(decode(bytes)), bytes), 0);
  assert.throws(() => encode(value(998)), { code: "ERR_VALUE_UNSUPPORTED" });
});

test("decode() throws ERR_DECODE and does not run out of stack when bytes are nested by the million", () => {
  for (const text of [
    "[".repeat(1e6),
    "[".repeat(1e6) + "]".repeat(1e6),
    '{"a":'.repeat(1e6),
    '{"$set":['.repeat(1e6),
  ]) {
    assert.throws(() => decode(Buffer.from(`J${text}`)), { code: "ERR_DECODE" });
  }
});

test("encode() counts the depth inside an opaque value when it stands in a structure", () => {
  const tuple = decode(Buffer.from(`J{"$tuple":${"[".repeat(900)}${"]".repeat(900)}}`));
  encode(nested(99, () => [tuple]));
  assert.throws(
    () => encode(nested(1, () => nested(100, (inner) => (inner === 1 ? [tuple] : [inner])))),
    {
      code: "ERR_VALUE_UNSUPPORTED",
      message: /1000 levels/,
    },
  );
});

test("encode() throws ERR_ATTRIBUTE_TOO_LARGE exactly when the bytes would be more than maxBytes", () => {
  for (const value of ["ééé", new Uint8Array(8), decode(Buffer.from("P12345678"))]) {
    const { byteLength } = encode(value);
    assert.equal(byteLength, 9);
    encode(value, { maxBytes: 9 });
    assert.throws(() => encode(value, { maxBytes: 8, label: "a" }), {
      code: "ERR_ATTRIBUTE_TOO_LARGE",
      message: /^a: 9 bytes .*limit of 8/,
    });
  }
  assert.throws(() => encode("x".repeat(16 * 1024 * 1024)), { code: "ERR_ATTRIBUTE_TOO_LARGE" });
});

test("decode() throws ERR_DECODE when there are more bytes than maxBytes", () => {
  decode(encode("abc"), { maxBytes: 6 });
  assert.throws(() => decode(encode("abc"), { maxBytes: 5 }), {
    code: "ERR_DECODE",
    message: /at most 5 bytes/,
  });
});
