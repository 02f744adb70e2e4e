import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyRing } from "../../src/identity/key-ring.ts";
import {
  openSealed,
  SEAL_BYTES,
  type SealPlace,
  setSealed,
  type StoredAttributes,
} from "../../src/identity/seal.ts";
import { sealNameOf } from "../../src/identity/seal-name.ts";

const OLD = "pO2vXq7sWcTzL8bRf3mHdE6AkuJ4Yp0x";
const NEW = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";
const ring = new KeyRing(NEW);
const place: SealPlace = ["b:one", "app", "data"];
const value = Buffer.from("P\x80\x05some pickle");
const beside = sealNameOf("data");

function sealed(by = ring, bytes: Uint8Array = value): Map<string, Uint8Array> {
  const set = new Map<string, Uint8Array>();
  setSealed(set, by, place, bytes);
  return set;
}

/** As a store gives what one write has set. */
function stored(set: Iterable<readonly [string, Uint8Array]>, version = 1): StoredAttributes {
  return new Map([...set].map(([name, bytes]) => [name, { version, bytes }]));
}

/** What was sealed, with the bytes of one of its two parts changed. */
function changed(name: string, bytes: Uint8Array): StoredAttributes {
  return stored(new Map([...sealed(), [name, bytes]]));
}

test("openSealed() gives the bytes back when nothing was changed", () => {
  for (const bytes of [value, Buffer.from("P")])
    assert.deepEqual(openSealed(ring, place, stored(sealed(ring, bytes))), bytes);
  const old = stored(sealed(new KeyRing(OLD)));
  assert.deepEqual(openSealed(new KeyRing([NEW, OLD]), place, old), value);
  assert.equal(sealed().get("data")?.length, value.length + SEAL_BYTES);
});

test("promise 7 (Stored bytes are data): openSealed() gives nothing when a byte was changed, cut or added", () => {
  const set = sealed();
  for (const name of ["data", beside]) {
    const bytes = set.get(name) as Uint8Array;
    const other = (with_: Uint8Array) => stored(new Map([...set, [name, with_]]));
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      assert.equal(openSealed(ring, place, other(flipped)), undefined, `${name}, byte ${at}`);
      const cut = other(bytes.subarray(0, at));
      assert.equal(openSealed(ring, place, cut), undefined, `${name}, length ${at}`);
    }
    const longer = Buffer.concat([bytes, Buffer.from("x")]);
    assert.equal(openSealed(ring, place, other(longer)), undefined, name);
  }
  assert.equal(openSealed(ring, place, changed("data", value)), undefined);
  assert.equal(openSealed(new KeyRing(OLD), place, stored(set)), undefined);
});

test("promise 7 (Stored bytes are data): openSealed() gives nothing for an older value, and without the number beside it", () => {
  const older = sealed().get("data") as Uint8Array;
  assert.equal(openSealed(ring, place, changed("data", older)), undefined);
  const alone = stored([["data", older]]);
  assert.equal(openSealed(ring, place, alone), undefined);
  // A number chosen to go with the value would have to be under the seal.
  const set = sealed();
  const forged = Buffer.concat([
    older.subarray(0, 1),
    (set.get(beside) as Uint8Array).subarray(1),
    older.subarray(17),
  ]);
  assert.equal(openSealed(ring, place, stored(new Map([...set, ["data", forged]]))), undefined);
  // The number of another write, even if it is the same.
  const left = new Map(stored(set));
  left.set("data", { version: 2, bytes: set.get("data") });
  assert.equal(openSealed(ring, place, left), undefined);
  left.set(beside, { version: 2, bytes: undefined });
  assert.equal(openSealed(ring, place, left), undefined);
});

test("promise 7 (Stored bytes are data): openSealed() gives nothing when the value was moved elsewhere", () => {
  const set = sealed();
  const others: SealPlace[] = [
    ["b:two", "app", "data"],
    ["b:one", "other", "data"],
    ["b:one", "app", "other"],
    ["b:one", "appdata", ""],
    ["b:oneapp", "", "data"],
    ['b:one","app', "data", ""],
  ];
  for (const other of others) {
    const moved = stored([
      [other[2], set.get("data") as Uint8Array],
      [sealNameOf(other[2]), set.get(beside) as Uint8Array],
    ]);
    assert.equal(openSealed(ring, other, moved), undefined);
  }
});
