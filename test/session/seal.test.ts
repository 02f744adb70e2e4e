import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { resealValue, type SealPlace, sealValue, unsealValue } from "../../src/identity/seal.ts";

const OLD = "pO2vXq7sWcTzL8bRf3mHdE6AkuJ4Yp0x";
const NEW = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";
const ring = new KeyRing(NEW);
const place: SealPlace = ["b:one", "app", "data"];
const value = Buffer.from("P\x80\x05some pickle");

test("unsealValue() gives the bytes back when nothing was changed", () => {
  for (const bytes of [value, Buffer.from("P")]) {
    assert.deepEqual(unsealValue(ring, place, sealValue(ring, place, bytes)), bytes);
  }
  const old = sealValue(new KeyRing(OLD), place, value);
  assert.deepEqual(unsealValue(new KeyRing([NEW, OLD]), place, old), value);
});

test("promise 7 (Stored bytes are data): unsealValue() gives nothing when a byte was changed, cut or added", () => {
  const sealed = sealValue(ring, place, value);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(unsealValue(ring, place, changed), undefined, `byte ${at}`);
    assert.equal(unsealValue(ring, place, sealed.subarray(0, at)), undefined, `length ${at}`);
  }
  assert.equal(unsealValue(ring, place, Buffer.concat([sealed, Buffer.from("x")])), undefined);
  assert.equal(unsealValue(ring, place, value), undefined);
  assert.equal(unsealValue(new KeyRing(OLD), place, sealed), undefined);
});

test("promise 7 (Stored bytes are data): unsealValue() gives nothing when the value was moved elsewhere", () => {
  const sealed = sealValue(ring, place, value);
  const others: SealPlace[] = [
    ["b:two", "app", "data"],
    ["b:one", "other", "data"],
    ["b:one", "app", "other"],
    ["b:one", "appdata", ""],
    ["b:oneapp", "", "data"],
    ['b:one","app', "data", ""],
  ];
  for (const other of others) assert.equal(unsealValue(ring, other, sealed), undefined);
});

test("resealValue() seals for the new place what holds at the old, and leaves the rest as it is", () => {
  const to: SealPlace = ["b:two", "app", "data"];
  const moved = resealValue(ring, place, to, sealValue(ring, place, value));
  assert.deepEqual(unsealValue(ring, to, moved), value);
  const foreign = sealValue(new KeyRing(OLD), place, value);
  assert.equal(resealValue(ring, place, to, foreign), foreign);
  const json = Buffer.from("J1");
  assert.equal(resealValue(ring, place, to, json), json);
});
