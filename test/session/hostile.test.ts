import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieName, cookieSettings } from "../../src/identity/cookie-options.ts";
import { findToken } from "../../src/identity/cookie.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { newSessionId, signToken, verifyToken } from "../../src/identity/token.ts";
import { type Genuine, MUTATIONS } from "./hostile-tokens.ts";
import { SECRET_A, SECRET_C } from "./keys.ts";

const SETTINGS = cookieSettings();
const RINGS = [new KeyRing(SECRET_A), new KeyRing([SECRET_C, SECRET_A])];
let refused = 0;

function genuine(ring: KeyRing): Genuine {
  const { name } = SETTINGS;
  return {
    ring,
    name,
    token: signToken(ring, name, newSessionId()),
    other: signToken(ring, name, newSessionId()),
  };
}

for (const [title, mutate] of Object.entries(MUTATIONS)) {
  test(`promise 6 (Isolation): a token counts as no token when it is ${title}`, () => {
    for (const start of RINGS.map(genuine)) {
      const { ring, name, token } = start;
      const id = token.slice(0, 36);
      // Equal to the start if a mutation changed nothing (a digit has no upper case): no mutation,
      // so not counted.
      const tokens = mutate(start).filter(
        (mutated) => mutated !== token && mutated !== start.other,
      );
      assert.ok(tokens.length > 0);
      for (const mutated of tokens) {
        assert.equal(
          verifyToken(ring, name, mutated),
          undefined,
          JSON.stringify(mutated.slice(0, 200)),
        );
        refused++;
        // As a header the same, except that ";" ends a value and white space around it is not part
        // of it.
        const [value = ""] = mutated.split(";");
        // Nor is a pair of quotes around all of it.
        const read = value.replace(/^[ \t]+|[ \t]+$/g, "").replace(/^"(.*)"$/s, "$1");
        if (read === token || mutated.length > 10_000) continue;
        for (const secure of [false, true]) {
          const cookie = cookieName(name, secure, SETTINGS);
          assert.equal(findToken(ring, `${cookie}=${value}`, secure, SETTINGS), undefined);
          // Next to a good one the bad one changes nothing, in either order.
          for (const header of [
            `${cookie}=${value}; ${cookie}=${token}`,
            `${cookie}=${token}; ${cookie}=${value}`,
          ]) {
            assert.deepEqual(findToken(ring, header, secure, SETTINGS), {
              id,
              current: true,
              token,
            });
          }
          refused++;
        }
      }
    }
  });
}

test("the mutations make at least 10,000 hostile tokens and headers", () => {
  assert.ok(refused >= 10_000, `they made ${refused}`);
});
