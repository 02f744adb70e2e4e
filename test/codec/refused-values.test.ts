import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { decode, encode, OpaqueValue } from "../../src/state/codec/codec.ts";
import { Point, types } from "./point.ts";

class Stranger {
  name = "x";
}
class Tagged extends Map {}
class List extends Array {}

const hole: number[] = [];
hole[1] = 2;
const longMatch = Object.assign(
  Array.from({ length: 1000 }, () => 0),
  { index: 4 },
);
const expando = Object.assign(new Date(0), { note: 1 });
const detached = new Uint8Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const inherited: unknown = Object.create({ a: 1 });
const badIndex = /a/g;
badIndex.lastIndex = -1;

const refused: [string, unknown, RegExp][] = [
  ["a function", () => 1, /a function cannot be stored\. .*transient/],
  ["a class", Stranger, /a function/],
  ["a symbol", Symbol("s"), /a symbol/],
  ["a Promise", Promise.resolve(), /a Promise .*Await it/],
  ["a WeakMap", new WeakMap(), /a WeakMap .*Use a Map/],
  ["a WeakSet", new WeakSet(), /a WeakSet .*Use a Set/],
  ["a WeakRef", new WeakRef({}), /WeakRef/],
  ["a boxed number", Object(1), /a boxed primitive/],
  ["a boxed string", Object("a"), /a boxed primitive/],
  ["an Error", new TypeError("x"), /an Error .*name and message/],
  ["an iterator", [].values(), /cannot be stored/],
  ["a generator", (function* () {})(), /cannot be stored/],
  [
    "arguments",
    (function () {
      return arguments;
    })(),
    /cannot be stored/,
  ],
  ["a subclass of URLSearchParams", new (class Query extends URLSearchParams {})("a=1"), /Query/],
  [
    "URLSearchParams with a property",
    Object.assign(new URLSearchParams("a=1"), { note: 1 }),
    /properties of its own/,
  ],
  ["Headers with a property", Object.assign(new Headers(), { note: 1 }), /properties of its own/],
  ["an object that looks like Headers", Object.create(Headers.prototype), /of the runtime/],
  ["a Blob", new Blob(["a"]), /Blob.*of the runtime.*plain data/],
  ["a File", new File(["a"], "b"), /of the runtime/],
  ["FormData", new FormData(), /of the runtime/],
  ["a Request", new Request("http://localhost/"), /of the runtime/],
  ["a Response", new Response("a"), /of the runtime/],
  ["a stream", new ReadableStream(), /of the runtime/],
  ["a number format", new Intl.NumberFormat("de"), /of the runtime/],
  ["a locale", new Intl.Locale("de"), /of the runtime/],
  ["a DOMException", new DOMException("a"), /cannot be stored/],
  ["an AbortController", new AbortController(), /of the runtime/],
  ["a Map behind a Proxy", new Proxy(new Map(), {}), /cannot be stored/],
  [
    "a long array with a hidden property",
    Object.defineProperty(
      Array.from({ length: 100 }, () => 0),
      "note",
      { value: 1 },
    ),
    /properties besides its items/,
  ],
  [
    "long bytes with a hidden property",
    Object.defineProperty(new Uint8Array(100), "note", { value: 1 }),
    /properties of its own/,
  ],
  [
    "a long Buffer with a property",
    [Object.assign(Buffer.alloc(100), { note: 1 })],
    /properties of its own/,
  ],
  [
    "an instance of a class that is not registered",
    new Stranger(),
    /not registered \(Stranger\) .*types option of persist/,
  ],
  [
    "an instance of a subclass of a registered class",
    new (class Sub extends Point {})(),
    /not registered \(Sub\)/,
  ],
  ["an object with another object as prototype", inherited, /not registered/],
  ["a subclass of Map", new Tagged(), /subclass of a built-in \(Tagged\)/],
  ["a subclass of Array", new List(), /subclass of Array \(List\) .*Array\.from/],
  ["a hole", hole, /\[0\]: a hole in an array/],
  ["a very sparse array", Object.assign([], { length: 2 ** 32 - 1 }), /\[0\]: a hole in an array/],
  ["a match of a RegExp", /a/.exec("a"), /properties besides its items/],
  ["a long array with a named property", longMatch, /properties besides its items/],
  [
    "an array with a symbol",
    Object.assign([1], { [Symbol("s")]: 1 }),
    /properties besides its items/,
  ],
  ["a Date with a property", expando, /properties of its own/],
  [
    "bytes with a property",
    [Object.assign(new Uint8Array(2), { note: 1 })],
    /\[0\]: .*properties of its own/,
  ],
  [
    "an accessor",
    {
      get a() {
        return 1;
      },
    },
    /\.a: an accessor property/,
  ],
  ["a setter", { set a(_: number) {} }, /\.a: an accessor property/],
  ["a symbol key", { [Symbol("s")]: 1 }, /a symbol as key/],
  [
    "a property that is not enumerable",
    Object.defineProperty({}, "a", { value: 1 }),
    /\.a: .*not enumerable/,
  ],
  ["a RegExp with a bad lastIndex", badIndex, /lastIndex/],
  ["a SharedArrayBuffer", new SharedArrayBuffer(2), /SharedArrayBuffer/],
  ["a view on shared memory", new Uint8Array(new SharedArrayBuffer(2)), /shared/],
  ["a view on detached memory", [detached], /detached/],
  ["a bigint of 4301 digits", 10n ** 4300n, /4300 digits/],
  ["a fake URL", Object.create(URL.prototype), /not registered/],
  ["a URL with a property", Object.assign(new URL("a:b"), { note: 1 }), /properties of its own/],
  ["a fake Date", Object.create(Date.prototype), /not registered/],
];

for (const [name, value, message] of refused) {
  test(`encode() throws ERR_VALUE_UNSUPPORTED with the path when a value is ${name}`, () => {
    assert.throws(
      () => encode({ list: [1, value] }, { label: "todos", types }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "ERR_VALUE_UNSUPPORTED");
        assert.ok(error.message.startsWith("todos.list[1]"), error.message);
        assert.match(error.message, message);
        return true;
      },
    );
    if (Array.isArray(value) && value.length > 2 ** 31) return;
    assert.throws(() => encode(value, { types }), { code: "ERR_VALUE_UNSUPPORTED" });
  });
}

test("encode() runs no accessor when it refuses one", () => {
  let runs = 0;
  const value = Object.defineProperty({ a: 1 }, "b", { get: () => runs++, enumerable: true });
  assert.throws(() => encode(value), { code: "ERR_VALUE_UNSUPPORTED" });
  assert.equal(runs, 0);
});

test("encode() names keys and values of a Map and items of a Set by their place when it refuses them", () => {
  const value = {
    m: new Map<unknown, unknown>([
      [1, 2],
      [Symbol("k"), 1],
    ]),
    s: 0 as unknown,
  };
  assert.throws(() => encode(value, { label: "a" }), {
    message: /^a\.m\(key of entry 1\): a symbol/,
  });
  value.m = new Map([[1, { x: () => 1 }]]);
  assert.throws(() => encode(value, { label: "a" }), {
    message: /^a\.m\(entry 0\)\.x: a function/,
  });
  value.m = new Map();
  value.s = new Set([1, () => 1]);
  assert.throws(() => encode(value, { label: "a" }), { message: /^a\.s\(item 1\): a function/ });
});

test("encode() throws ERR_SELF_REFERENCE when it meets the state itself", () => {
  class State {
    list: unknown[] = [];
  }
  const self = new State();
  self.list.push({ owner: self });
  assert.throws(() => encode(self.list, { label: "list", self }), {
    code: "ERR_SELF_REFERENCE",
    message: /^list\[0\]\.owner: /,
  });
});

test("encode() throws when an opaque attribute stands inside a structure", () => {
  const pickle = decode(Buffer.from("P123"));
  assert.ok(pickle instanceof OpaqueValue);
  assert.throws(() => encode([pickle]), {
    code: "ERR_VALUE_UNSUPPORTED",
    message: /whole attribute/,
  });
});

test("encode() takes objects of another realm for what they are when they are built-ins", () => {
  const foreign: unknown = vm.runInNewContext(
    "({ a: [1, { b: 2 }], d: new Date(0), m: new Map([[1, new Set([2])]]), r: /x/g, u: new Uint8Array([1]), n: undefined })",
  );
  const own = {
    a: [1, { b: 2 }],
    d: new Date(0),
    m: new Map([[1, new Set([2])]]),
    r: /x/g,
    u: new Uint8Array([1]),
    n: undefined,
  };
  assert.deepEqual(decode(encode(foreign)), own);
  assert.deepEqual(encode(foreign), encode(own));
  assert.throws(() => encode(vm.runInNewContext("new (class Object2 {})()")), {
    code: "ERR_VALUE_UNSUPPORTED",
  });
});
