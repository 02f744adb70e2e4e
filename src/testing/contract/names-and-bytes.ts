import assert from "node:assert/strict";
import { type ContractCase, create, newOwner, textsOf, values, writeOne } from "./fixture.ts";

const NAMES = [
  "",
  " ",
  "a\u0000b",
  "a\u0000",
  "../../etc/passwd",
  "a/b\\c",
  "a.b",
  "a:b",
  "__proto__",
  "constructor",
  "длинное имя",
  "😀",
  "e\u0301",
  "\u00e9",
  "\ud800",
  "\ud801",
  "\ufffd",
  "x".repeat(239),
  "x".repeat(240),
  "x".repeat(241),
  "x".repeat(5000),
  `${"x".repeat(5000)}y`,
  "é".repeat(1000),
];

export const namesAndBytes: readonly ContractCase[] = [
  {
    title: "read() gives exactly the bytes that were written, whatever they are",
    async run({ store }) {
      const owner = newOwner();
      const every = Uint8Array.from({ length: 256 }, (_, i) => i);
      const inside = new Uint8Array(Uint8Array.from([9, 9, 1, 2, 3, 9]).buffer, 2, 3);
      await create(store, owner, "app", {
        every,
        inside,
        empty: new Uint8Array(0),
        buffer: Buffer.from([0, 255]),
      });
      const attributes = (await store.read(owner, "app")).record?.attributes;
      assert.deepEqual(plain(attributes?.get("every")?.bytes), [...every]);
      assert.deepEqual(plain(attributes?.get("inside")?.bytes), [1, 2, 3]);
      assert.deepEqual(plain(attributes?.get("empty")?.bytes), []);
      assert.deepEqual(plain(attributes?.get("buffer")?.bytes), [0, 255]);
    },
  },
  {
    title:
      "read() gives bytes of the reader's own when they are changed after the write or the read",
    async run({ store }) {
      const owner = newOwner();
      const given = Uint8Array.from([1, 2, 3]);
      await create(store, owner, "app", { a: given });
      given.fill(9);
      const first = (await store.read(owner, "app")).record?.attributes.get("a")?.bytes;
      assert.deepEqual(plain(first), [1, 2, 3]);
      first?.fill(8);
      await create(store, owner, "other", { a: Uint8Array.from([4, 5, 6]) });
      await store.read(owner, "other");
      assert.deepEqual(
        plain((await store.read(owner, "app")).record?.attributes.get("a")?.bytes),
        [1, 2, 3],
      );
      assert.deepEqual(plain(first), [8, 8, 8]);
    },
  },
  {
    title: "names are only data: attributes of odd names stay apart",
    async run({ store }) {
      const owner = newOwner();
      const set = new Map(NAMES.map((name, i) => [name, Uint8Array.of(i)]));
      const { epoch } = await writeOne(store, owner, {
        state: "app",
        epoch: 0,
        base: "absent",
        set,
      });
      const attributes = (await store.read(owner, "app")).record?.attributes;
      assert.equal(attributes?.size, NAMES.length);
      for (const [i, name] of NAMES.entries())
        assert.deepEqual(plain(attributes?.get(name)?.bytes), [i]);
      const remove = NAMES.filter((_, i) => i % 2 === 0);
      await writeOne(store, owner, { state: "app", epoch, set: new Map(), remove });
      const left = (await store.read(owner, "app")).record?.attributes;
      for (const [i, name] of NAMES.entries()) {
        const bytes = left?.get(name)?.bytes;
        assert.deepEqual(
          bytes === undefined ? undefined : [...bytes],
          i % 2 === 0 ? undefined : [i],
        );
      }
    },
  },
  {
    title: "names are only data: owners and states of odd names stay apart",
    async run({ store }) {
      const prefix = newOwner();
      for (const [i, name] of NAMES.entries()) {
        await create(store, prefix + name, "app", { a: i });
        await create(store, prefix, name, { a: i });
      }
      for (const [i, name] of NAMES.entries()) {
        assert.deepEqual(textsOf(await store.read(prefix, name)), { a: String(i) });
        if (name !== "")
          assert.deepEqual(textsOf(await store.read(prefix + name, "app")), { a: String(i) });
      }
      const states = new Set((await store.owner(prefix)).states);
      assert.deepEqual(states, new Set([...NAMES, "app"]));
    },
  },
  {
    title: "read() gives back values of the largest size",
    async run({ store, options }) {
      const owner = newOwner();
      const large = new Uint8Array(options.largestValue);
      for (let i = 0; i < large.length; i += 4093) large[i] = i % 251;
      large[large.length - 1] = 7;
      const point = await create(store, owner, "app", { large, small: 1 });
      const found = (await store.read(owner, "app")).record?.attributes.get("large")?.bytes;
      assert.ok(found !== undefined && Buffer.compare(found, large) === 0);
      await writeOne(store, owner, { state: "app", epoch: point.epoch, set: values({ small: 2 }) });
      assert.deepEqual(textsOf(await store.read(owner, "app", point)), { small: "2" });
      const again = (await store.read(owner, "app")).record?.attributes.get("large")?.bytes;
      assert.ok(again !== undefined && Buffer.compare(again, large) === 0);
    },
  },
  {
    title: "read() gives back values of every size around the ones that stores treat differently",
    async run({ store }) {
      const owner = newOwner();
      const sizes = [
        1, 127, 128, 1000, 2000, 2048, 4000, 4096, 8191, 8192, 16384, 32767, 32768, 32769, 65536,
        1_000_000,
      ];
      const set = new Map(
        sizes.map((size) => [String(size), new Uint8Array(size).fill(size % 251)]),
      );
      await writeOne(store, owner, { state: "app", epoch: 0, base: "absent", set });
      const attributes = (await store.read(owner, "app")).record?.attributes;
      for (const [name, bytes] of set) {
        const found = attributes?.get(name)?.bytes;
        assert.ok(found !== undefined && Buffer.compare(found, bytes) === 0, `size ${name}`);
      }
    },
  },
];

function plain(bytes: Uint8Array | undefined): number[] {
  assert.ok(bytes instanceof Uint8Array);
  return [...bytes];
}
