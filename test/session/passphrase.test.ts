import assert from "node:assert/strict";
import { test } from "node:test";
import { stretchPassphrase } from "../../src/identity/passphrase.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";

// Computed by Python's hashlib.scrypt: n=2**15, r=8, p=3, salt
// b"persist-session/streamlit-persist-secret-key/v1", 36 bytes.
const VECTORS = [
  ["correct horse battery staple", "-guna5SieHijfnkiMDgtMioyxKxaKFAS7U1cZJFVh8w", "a157a537"],
  ["Grüße an die Schafe 🐑", "aNzfK2GTv8WZ3IkmyiSKXqxsoJ0nTHVr2gidPSyztrg", "138e3c0e"],
] as const;

for (const [text, secret, id] of VECTORS) {
  test(`stretchPassphrase() derives what every other scrypt derives: ${text}`, () => {
    assert.deepEqual(stretchPassphrase(text, "it"), { secret, id });
    assert.deepEqual(stretchPassphrase(` ${text}\n`, "it"), { secret, id });
    new KeyRing(secret);
  });
}

test("stretchPassphrase() refuses what is easy to guess, with the remedy and without the text", () => {
  const weak = [
    "",
    "secret",
    "fifteen letters",
    "ab".repeat(40),
    "secret!".repeat(9),
    "aaaabbbbccccdddd",
  ];
  for (const text of weak) {
    assert.throws(
      () => stretchPassphrase(text, "THE_VARIABLE"),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_SECRET_TOO_SHORT");
        assert.match(
          error.message,
          /^THE_VARIABLE is easy to guess.*16 characters.*openssl rand -base64 32/,
        );
        assert.ok(text === "" || !error.message.includes(text));
        return true;
      },
    );
  }
});
