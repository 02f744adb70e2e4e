import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, OpaqueValue } from "../../src/state/codec/codec.ts";
import { Point, types } from "./point.ts";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test("decode() gives a Uint8Array of its own when a Buffer was encoded, alone or inside", () => {
  const buffer = Buffer.from([1, 2, 3]);
  for (const read of [(v: unknown) => v, (v: unknown) => (v as unknown[])[0]]) {
    const bytes = encode(read([1]) === 1 ? [buffer] : buffer);
    const value = read(decode(bytes)) as Uint8Array;
    assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype);
    assert.deepEqual([...value], [1, 2, 3]);
    assert.equal(value.buffer.byteLength, 3);
    value[0] = 9;
    assert.deepEqual([...(read(decode(bytes)) as Uint8Array)], [1, 2, 3]);
  }
});

test("encode() refuses a URL that its own text would not give again", () => {
  const url = new URL('data://""');
  url.username = "name";
  url.host = ":"; // Node 20 makes it data://name@, which is no URL; others leave it as it was
  const read = URL.canParse(url.href) && new URL(url.href).href === url.href;
  if (read) assert.equal((decode(encode(url)) as URL).href, url.href);
  else assert.throws(() => encode({ url }), { code: "ERR_VALUE_UNSUPPORTED", message: /url/ });
});

test("encode() copies when it is given bytes", () => {
  const value = new Uint8Array([1, 2]);
  const bytes = encode(value);
  value[0] = 9;
  assert.deepEqual([...(decode(bytes) as Uint8Array)], [1, 2]);
});

test("encode() writes only the part that a view shows when its buffer is longer", () => {
  const view = new Uint16Array(new Uint16Array([1, 2, 3]).buffer, 2, 1);
  assert.deepEqual(decode(encode([view])), [new Uint16Array([2])]);
});

test("decode() builds an instance without running its constructor or a setter when the class is registered", () => {
  let runs = 0;
  class Counter {
    value = 1;
    constructor() {
      runs++;
    }
    set trap(_: number) {
      runs++;
    }
    get double(): number {
      return this.value * 2;
    }
  }
  const registered = new Map([["Counter", Counter]]);
  const stored = Buffer.from('J{"$class":["Counter",{"value":4,"trap":1,"__proto__":{"evil":1}}]}');
  const counter = decode(stored, { types: registered }) as Counter;
  assert.equal(runs, 0);
  assert.ok(counter instanceof Counter);
  assert.equal(counter.double, 8);
  assert.equal(Object.getPrototypeOf(counter), Counter.prototype);
  assert.equal(text(encode(counter, { types: registered })), stored.toString());
});

test("encode() leaves out what is private or not enumerable when it writes an instance", () => {
  class Account {
    owner = "a";
    #pin = 1;
    constructor() {
      Object.defineProperty(this, "cache", { value: new Map(), enumerable: false });
    }
    toJSON(): string {
      return `never asked ${this.#pin}`;
    }
  }
  const bytes = encode(new Account(), { types: new Map([["Account", Account]]) });
  assert.equal(text(bytes), 'J{"$class":["Account",{"owner":"a"}]}');
});

test("decode() sets no prototype when a stored key is __proto__", () => {
  for (const json of ['{"__proto__":{"admin":true}}', '{"$$a":1,"__proto__":{"$set":[1]}}']) {
    const value = decode(Buffer.from(`J${json}`)) as Record<string, unknown>;
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.ok(Object.hasOwn(value, "__proto__"));
    assert.equal(value["admin"], undefined);
    assert.equal(text(encode(value)), `J${json}`);
  }
  assert.equal(({} as Record<string, unknown>)["admin"], undefined);
});

test("encode() writes data under the key toJSON when it is no function", () => {
  assert.equal(text(encode({ toJSON: 1, d: new Set() })), 'J{"toJSON":1,"d":{"$set":[]}}');
});

test("encode() writes values of another prototype's names when Object.prototype is frozen elsewhere", () => {
  const value = { toString: 1, hasOwnProperty: new Set(), valueOf: "x", $a: 1 };
  assert.deepEqual(decode(encode(value)), value);
});

test("decode() gives a frozen OpaqueValue that says what it is when a tag is Python's", () => {
  const value = decode(Buffer.from('J[{"$decimal":"1.10"}]')) as [OpaqueValue];
  assert.ok(value[0] instanceof OpaqueValue);
  assert.deepEqual(
    { ...value[0] },
    { format: "J", tag: "decimal", json: '{"$decimal":"1.10"}', bytes: new Uint8Array(0) },
  );
  assert.ok(Object.isFrozen(value[0]));
});

test("encode() writes an opaque value as it was when it has moved to another attribute", () => {
  const [tuple] = decode(Buffer.from('J[{"$tuple":[1.0,"$&",{"2":1,"1":2}]}]')) as [OpaqueValue];
  const moved = encode({ $: 0, kept: [tuple, new Map([[tuple, '{"$":0}']])] });
  assert.equal(
    text(moved),
    'J{"$$":0,"kept":[{"$def":[0,{"$tuple":[1.0,"$&",{"2":1,"1":2}]}]},{"$map":[[{"$ref":0},"{\\"$\\":0}"]]}]}',
  );
  const back = decode(moved) as { kept: [OpaqueValue, Map<OpaqueValue, string>] };
  assert.ok(back.kept[1].has(back.kept[0]));
});

test("encode() keeps one definition for an object when it stands in many places", () => {
  const point = Object.assign(new Point(), { x: 3 });
  const bytes = encode(
    { list: Array.from({ length: 50 }, () => point), by: new Map([[point, point]]) },
    { types },
  );
  assert.equal(text(bytes).split('"$class"').length - 1, 1);
  const back = decode(bytes, { types }) as { list: Point[]; by: Map<Point, Point> };
  assert.equal(new Set(back.list).size, 1);
  assert.equal(back.by.get(back.list[0] as Point), back.list[0]);
});
