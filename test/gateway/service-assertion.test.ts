import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import {
  ASSERTION_LIFE,
  type Claims,
  signAssertion,
  verifyAssertion,
} from "../../src/gateway/tickets/assertion.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { signToken } from "../../src/identity/token.ts";

const OLD = "pO2vXq7sWcTzL8bRf3mHdE6AkuJ4Yp0x";
const NEW = "kuJ4Yp0xw2oVnq7sWcTzL8bRf3mHdE6A";
const ring = new KeyRing(NEW);

function claims(more: Partial<Claims> = {}): Claims {
  return { session: randomUUID(), tab: "tab-1", purpose: "open", ephemeral: false, ...more };
}

test("verifyAssertion() gives what signAssertion() was given when it is in time", () => {
  for (const more of [
    {},
    { tab: null },
    { ephemeral: true },
    { purpose: "resume" as const },
    { purpose: "reconnect" as const },
  ]) {
    const said = claims(more);
    assert.deepEqual(verifyAssertion(ring, signAssertion(ring, said)), said);
  }
});

test("verifyAssertion() refuses an assertion when its time is over", () => {
  const text = signAssertion(ring, claims(), 1000);
  assert.ok(verifyAssertion(ring, text, 999 + ASSERTION_LIFE));
  assert.equal(verifyAssertion(ring, text, 1000 + ASSERTION_LIFE), undefined);
});

test("verifyAssertion() takes one of an older secret, and none of a secret that is not in the ring", () => {
  const text = signAssertion(new KeyRing(OLD), claims());
  assert.ok(verifyAssertion(new KeyRing([NEW, OLD]), text));
  assert.equal(verifyAssertion(ring, text), undefined);
});

test("promise 6 (Isolation): verifyAssertion() refuses every forged, cut or foreign text", () => {
  const said = claims();
  const text = signAssertion(ring, said);
  const [payload = "", mac = ""] = text.split(".");
  const other = Buffer.from(
    Buffer.from(payload, "base64url").toString().replace(said.session, randomUUID()),
  ).toString("base64url");
  const forged: unknown[] = [
    undefined,
    null,
    7,
    {},
    "",
    ".",
    "..",
    payload,
    `${payload}.`,
    `.${mac}`,
    `${other}.${mac}`,
    `${payload}.${"A".repeat(43)}`,
    `${text}.`,
    `${text}=`,
    ` ${text}`,
    text.slice(0, -1),
    `${payload}.${mac}${mac}`,
    "x".repeat(100_000),
    // Another purpose's MAC is none.
    `${payload}.${ring.sign("token", Buffer.from(payload, "base64url")).toString("base64url")}`,
    signToken(ring, "persist-session", said.session),
  ];
  for (const value of forged) assert.equal(verifyAssertion(ring, value), undefined, String(value));
  for (let at = 0; at < text.length; at++) {
    const swapped = text[at] === "A" ? "B" : "A";
    const changed = text.slice(0, at) + swapped + text.slice(at + 1);
    assert.equal(verifyAssertion(ring, changed), undefined, `character ${at}`);
  }
});

test("verifyAssertion() refuses a payload of ours that is not complete", () => {
  const good = { v: 1, s: randomUUID(), t: "a", p: "open", e: Date.now() + 1000 };
  const sign = (payload: object): string => {
    const text = JSON.stringify(payload);
    const mac = ring.sign("gateway assertion", text).toString("base64url");
    return `${Buffer.from(text).toString("base64url")}.${mac}`;
  };
  assert.ok(verifyAssertion(ring, sign(good)));
  for (const wrong of [
    { v: 2 },
    { s: "x" },
    { s: good.s.toUpperCase() },
    { t: "" },
    { t: "a:b" },
    { t: "a".repeat(65) },
    { t: undefined },
    { p: "other" },
    { e: "9999999999999" },
    { e: null },
    { x: false },
  ]) {
    assert.equal(
      verifyAssertion(ring, sign({ ...good, ...wrong })),
      undefined,
      JSON.stringify(wrong),
    );
  }
});
