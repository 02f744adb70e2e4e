import assert from "node:assert/strict";
import { createHmac, hkdfSync } from "node:crypto";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { newSessionId, signToken, verifyToken } from "../../src/identity/token.ts";
import { SECRET_A, SECRET_B, SECRET_C } from "./keys.ts";

const NAME = "persist-session";
const ID = "3f2b8c1e-9a4d-4e6f-8b7c-0d1e2f3a4b5c";
// Computed by another implementation (Python's hmac). It pins the format: a change here signs every
// visitor out.
const TOKEN = `${ID}.jvy-6jxD95-DMLw3rEZAonKYiApYgZYzB3gj7EI0ntw`;

test("signToken() gives the known answer when secret, name and id are known", () => {
  assert.equal(signToken(new KeyRing(SECRET_A), NAME, ID), TOKEN);
  assert.deepEqual(verifyToken(new KeyRing(SECRET_A), NAME, TOKEN), { id: ID, current: true });
});

test("signToken() is HMAC-SHA256 over label, name and id, by a key derived for tokens", () => {
  const key = Buffer.from(hkdfSync("sha256", SECRET_B, "persist-session/v1", "token", 32));
  const mac = createHmac("sha256", key)
    .update(`persist-session token v1\nshop\n${ID}`)
    .digest("base64url");
  assert.equal(signToken(new KeyRing(SECRET_B), "shop", ID), `${ID}.${mac}`);
});

test("createHmac gives the answers of RFC 4231, test cases 1 and 2", () => {
  assert.equal(
    createHmac("sha256", Buffer.alloc(20, 0x0b)).update("Hi There").digest("hex"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  );
  assert.equal(
    createHmac("sha256", "Jefe").update("what do ya want for nothing?").digest("hex"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("newSessionId() gives a new UUIDv4 in lower case at each call, which signToken() takes", () => {
  const ring = new KeyRing(SECRET_A);
  const ids = new Set(Array.from({ length: 500 }, newSessionId));
  assert.equal(ids.size, 500);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(verifyToken(ring, NAME, signToken(ring, NAME, id)), { id, current: true });
  }
});

test("signToken() throws ERR_OPTION_INVALID when the id is not a lower-case UUIDv4", () => {
  for (const id of [
    "",
    ID.toUpperCase(),
    `${ID}\n`,
    "3f2b8c1e-9a4d-1e6f-8b7c-0d1e2f3a4b5c",
    "../../etc/passwd",
  ]) {
    assert.throws(
      () => signToken(new KeyRing(SECRET_A), NAME, id),
      (error) => isPersistError(error, "ERR_OPTION_INVALID"),
    );
  }
});

test("verifyToken() takes the token under the name with and without __Host-, under no other", () => {
  const ring = new KeyRing(SECRET_A);
  assert.equal(signToken(ring, `__Host-${NAME}`, ID), TOKEN);
  assert.deepEqual(verifyToken(ring, `__Host-${NAME}`, TOKEN), { id: ID, current: true });
  for (const other of [
    `${NAME}-1a2b3c4d`,
    "",
    "Persist-Session",
    `__Host-__Host-${NAME}`,
    `__Secure-${NAME}`,
    `${NAME}\n${ID}`,
  ]) {
    assert.equal(verifyToken(ring, other, TOKEN), undefined, other);
  }
});

test("verifyToken() says current: false when an older key of the ring signed, and refuses when that key is gone", () => {
  assert.deepEqual(verifyToken(new KeyRing([SECRET_B, SECRET_A]), NAME, TOKEN), {
    id: ID,
    current: false,
  });
  assert.deepEqual(verifyToken(new KeyRing([SECRET_C, SECRET_B, SECRET_A]), NAME, TOKEN), {
    id: ID,
    current: false,
  });
  assert.equal(verifyToken(new KeyRing([SECRET_C, SECRET_B]), NAME, TOKEN), undefined);

  const rotated = new KeyRing([SECRET_B, SECRET_A]);
  assert.deepEqual(verifyToken(rotated, NAME, signToken(rotated, NAME, ID)), {
    id: ID,
    current: true,
  });
});

test("verifyToken() gives nothing and does not throw when the token is no string", () => {
  const ring = new KeyRing(SECRET_A);
  const thrower = {
    toString() {
      throw new Error("must not be called");
    },
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const values: unknown[] = [
    undefined,
    null,
    true,
    0,
    Number.NaN,
    80n,
    Symbol(TOKEN),
    [TOKEN],
    { length: 80 },
    thrower,
    proxy,
  ];
  values.push(
    () => TOKEN,
    Object(TOKEN),
    Buffer.from(TOKEN),
    new Date(Number.NaN),
    Object.create(null),
  );
  for (const value of values) {
    assert.equal(verifyToken(ring, NAME, value), undefined);
    assert.equal(verifyToken(ring, value as string, TOKEN), undefined);
  }
});
