import assert from "node:assert/strict";
import crypto, { createHmac, type KeyObject } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { isPersistError } from "../../src/errors.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { SECRET_A, SECRET_B, SECRET_C } from "./keys.ts";

const hex = (keys: readonly KeyObject[]) => keys.map((key) => key.export().toString("hex"));

test("derive() is HKDF-SHA256 of RFC 5869 with a fixed salt and the purpose as info", () => {
  const prk = createHmac("sha256", "persist-session/v1").update(SECRET_A).digest();
  const expected = createHmac("sha256", prk).update("token\x01").digest("hex");
  assert.deepEqual(hex(new KeyRing(SECRET_A).derive("token")), [expected]);
  // The same, computed by another implementation.
  assert.equal(expected, "0ba19fc006f772cdd17cfd623b20418c575d621af20697f2bb9daa9cc8509d2d");
});

test("derive() gives other keys when the purpose or the secret differs, newest first", () => {
  const ring = new KeyRing([SECRET_B, SECRET_A]);
  const keys = [...hex(ring.derive("token")), ...hex(ring.derive("seal"))];
  assert.equal(new Set(keys).size, 4);
  assert.deepEqual(hex(ring.derive("token")), [
    ...hex(new KeyRing(SECRET_B).derive("token")),
    ...hex(new KeyRing(SECRET_A).derive("token")),
  ]);
});

test("verify() says which key it was when secrets are rotated", () => {
  const old = new KeyRing(SECRET_A);
  const rotated = new KeyRing([SECRET_B, SECRET_A]);
  const mac = old.sign("token", "data");
  assert.deepEqual(old.verify("token", "data", mac), { current: true });
  assert.deepEqual(rotated.verify("token", "data", mac), { current: false });
  assert.deepEqual(rotated.verify("token", "data", rotated.sign("token", "data")), {
    current: true,
  });
  assert.equal(new KeyRing(SECRET_B).verify("token", "data", mac), undefined);
});

test("verify() refuses a MAC when it is over other data, for another purpose or of another length", () => {
  const ring = new KeyRing(SECRET_A);
  const mac = ring.sign("token", "data");
  assert.equal(ring.verify("token", "Data", mac), undefined);
  assert.equal(ring.verify("seal", "data", mac), undefined);
  assert.equal(ring.verify("token", "data", mac.subarray(0, 31)), undefined);
  assert.equal(ring.verify("token", "data", Buffer.concat([mac, mac])), undefined);
  assert.equal(ring.verify("token", "data", Buffer.alloc(0)), undefined);
});

test("verify() compares with every key by timingSafeEqual, whichever of them matches", (t) => {
  const ring = new KeyRing([SECRET_C, SECRET_B, SECRET_A]);
  const macs = [SECRET_A, SECRET_B, SECRET_C].map((secret) =>
    new KeyRing(secret).sign("token", "data"),
  );
  const equal = t.mock.method(crypto, "timingSafeEqual");
  syncBuiltinESMExports();
  try {
    for (const mac of [...macs, Buffer.alloc(32)]) {
      equal.mock.resetCalls();
      ring.verify("token", "data", mac);
      assert.equal(equal.mock.callCount(), 3);
    }
  } finally {
    equal.mock.restore();
    syncBuiltinESMExports();
  }
});

test("KeyRing ignores white space around a secret and counts equal secrets once", () => {
  const mac = new KeyRing(SECRET_A).sign("token", "data");
  assert.deepEqual(new KeyRing(`${SECRET_A}\n`).verify("token", "data", mac), { current: true });
  assert.equal(new KeyRing([SECRET_A, ` ${SECRET_A} `]).derive("token").length, 1);
});

test("KeyRing throws ERR_SECRET_TOO_SHORT, with the way to make one, when a secret is short or plainly not random", () => {
  const weak = [
    "",
    "abc",
    "a".repeat(31),
    SECRET_A.slice(1),
    ` ${SECRET_A.slice(1)} `,
    "a".repeat(64),
    "password".repeat(8),
  ];
  weak.push(
    "abcdefgh".repeat(4),
    "12345676543217263547162534172635451",
    "0110100111".repeat(6),
    " ".repeat(40),
    "abc123abc123ab".repeat(3),
  );
  for (const secret of weak) {
    for (const [secrets, place] of [
      [secret, "secret has|secret is"],
      [[SECRET_B, secret], "secret \\(number 2 of 2\\)"],
    ] as const) {
      assert.throws(
        () => new KeyRing(secrets),
        (error) =>
          isPersistError(error, "ERR_SECRET_TOO_SHORT") &&
          error.message.includes("openssl rand -base64 32") &&
          new RegExp(place).test(error.message) &&
          (secret.trim() === "" || secret === "abc" || !error.message.includes(secret.trim())),
      );
    }
  }
});

test("KeyRing throws ERR_OPTION_INVALID when there is no secret or one is not a string", () => {
  for (const secrets of [
    [],
    undefined,
    null,
    42,
    {},
    Buffer.alloc(40, 7),
    [SECRET_A, undefined],
    [[SECRET_A]],
  ]) {
    assert.throws(
      () => new KeyRing(secrets as string),
      (error) => isPersistError(error, "ERR_OPTION_INVALID"),
    );
  }
});

test("KeyRing takes what openssl rand makes, in base64 and in hexadecimal", () => {
  for (let round = 0; round < 200; round++) {
    const keys = new KeyRing([
      crypto.randomBytes(32).toString("base64"),
      crypto.randomBytes(16).toString("hex"),
    ]).derive("token");
    assert.equal(keys.length, 2);
  }
});

test("a KeyRing shows no secret when it is inspected, printed or turned into JSON", () => {
  const ring = new KeyRing([SECRET_A, SECRET_B]);
  const [key] = hex(ring.derive("token"));
  const shown = [
    inspect(ring),
    inspect({ ring }, { showHidden: true, depth: 10, getters: true }),
    inspect(ring, { customInspect: false, showHidden: true, depth: 10 }),
    JSON.stringify({ ring }),
    format("%s %o %O %j", ring, ring, ring, ring),
    JSON.stringify(Object.entries(ring)),
  ].join("\n");
  for (const hidden of [SECRET_A, SECRET_B, key as string]) assert.ok(!shown.includes(hidden));
  assert.match(shown, /KeyRing \{ secrets: 2 \}/);
});
