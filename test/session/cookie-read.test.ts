import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieSettings } from "../../src/identity/cookie-options.ts";
import { readCookie } from "../../src/identity/cookie-values.ts";
import { findToken, searchToken } from "../../src/identity/cookie.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { newSessionId, signToken } from "../../src/identity/token.ts";
import { SECRET_A, SECRET_B } from "./keys.ts";

const RING = new KeyRing([SECRET_B, SECRET_A]);
const SETTINGS = cookieSettings({ name: "ps" });
const ONE = newSessionId();
const TWO = newSessionId();
const T1 = signToken(RING, "ps", ONE);
const T2 = signToken(RING, "ps", TWO);

function idIn(header: unknown, secure = false, settings = SETTINGS): string | undefined {
  return findToken(RING, header, secure, settings)?.id;
}

test("readCookie() gives the values of exactly that name, in their order", () => {
  const cases: [string, string[]][] = [
    ["ps=1", ["1"]],
    ["a=0; ps=1; b=2", ["1"]],
    ["ps=1; ps=2;ps=3", ["1", "2", "3"]],
    [" \tps\t = 1 2 \t;", ["1 2"]],
    ["ps=", [""]],
    ["ps=a=b==", ["a=b=="]],
    ['ps="1"', ['"1"']],
    ["ps=%31", ["%31"]],
    ["ps=1,ps=2", ["1,ps=2"]],
    ["ps=\u00a01\u00a0", ["\u00a01\u00a0"]],
    [";;; ;ps=1;;", ["1"]],
    ["ps", []],
    ["=ps", []],
    ["=ps=1", []],
    ["PS=1; Ps=2; xps=3; psx=4; p s=5; __Host-ps=6; \u00a0ps=7", []],
    ["a=ps=1; b=x ps=2", []],
    ["", []],
  ];
  for (const [header, values] of cases)
    assert.deepEqual([...readCookie(header, "ps")], values, header);
});

test("readCookie() gives nothing when the header is no string", () => {
  const values: unknown[] = [
    undefined,
    null,
    1,
    1n,
    Symbol("ps=1"),
    {},
    ["ps=1"],
    () => "ps=1",
    Object("ps=1"),
    Buffer.from("ps=1"),
  ];
  for (const header of values) assert.deepEqual([...readCookie(header, "ps")], []);
});

test("readCookie() gives every value when a name is doubled thousands of times", () => {
  assert.equal([...readCookie("ps=1;".repeat(3000), "ps")].length, 3000);
});

test("findToken() gives the first value that verifies when the name is doubled, in both orders", () => {
  assert.deepEqual(findToken(RING, `ps=${T1}; ps=${T2}`, false, SETTINGS), {
    id: ONE,
    current: true,
    token: T1,
  });
  assert.equal(idIn(`ps=${T2}; ps=${T1}`), TWO);
  assert.equal(idIn(`ps=forged; ps=${T1}`), ONE);
  assert.equal(idIn(`ps=${T1}; ps=forged`), ONE);
  assert.equal(idIn(`${"ps=forged; ".repeat(7)}ps=${T1}`), ONE);
  assert.equal(idIn(`${"ps=forged; ".repeat(5000)}ps=${T1}`), ONE);
});

test("findToken() says current: false when an older key signed", () => {
  const token = signToken(new KeyRing(SECRET_A), "ps", ONE);
  assert.deepEqual(findToken(RING, `ps=${token}`, false, SETTINGS), {
    id: ONE,
    current: false,
    token,
  });
});

test("findToken() finds the token among other cookies of any length: first, in the middle, last, quoted or repeated", () => {
  for (const length of [8_000, 16_383, 16_384, 16_385, 20_000, 65_536, 1_000_000]) {
    const others = Array.from(
      { length: Math.ceil(length / 4000) },
      (_, index) => `AWSELBAuthSessionCookie-${index}=${"x".repeat(3970)}`,
    ).join("; ");
    for (const pair of [`ps=${T1}`, `ps="${T1}"`, `ps=forged; ps=${T1}`, `ps=${T1}; ps=${T1}`])
      for (const header of [
        `${pair}; ${others}`,
        `${others}; ${pair}`,
        `${others}; ${pair}; ${others}`,
        `a="b; ${others}"; =; ;; c; ${pair}`,
      ])
        assert.equal(idIn(header), ONE, `${length} ${pair}`);
  }
});

test("searchToken() says that not all was read when there are more tokens than any browser sends", () => {
  // Each another one, as an attacker who plants them would have it.
  const planted = (count: number): string =>
    Array.from({ length: count }, () => `ps=${newSessionId()}.${T2.slice(37)}`).join("; ");
  const search = (header: string) => searchToken(RING, header, false, SETTINGS);
  assert.equal(search(`${planted(180)}; ps=${T1}`).found?.id, ONE);
  assert.deepEqual(search(`${planted(300)}; ps=${T1}`), {
    found: undefined,
    offered: true,
    unread: true,
  });
  assert.deepEqual(search(planted(200)), { found: undefined, offered: true, unread: false });
  assert.deepEqual(search("a=1"), { found: undefined, offered: false, unread: false });
});

test("findToken() takes linear time on a header made of spaces, separators or equals signs", () => {
  for (const filler of [" ", "\t", ";", "=", " ;", "; =", "ps=;", "ps = "]) {
    const header = `a${filler.repeat(64_000 / filler.length)}b; ps=${T1}`;
    const start = process.cpuUsage();
    for (let round = 0; round < 20; round++) assert.ok([ONE, undefined].includes(idIn(header)));
    const { user } = process.cpuUsage(start);
    // Quadratic time would be two billion steps a round.
    assert.ok(user < 1_500_000, `${JSON.stringify(filler)} took ${user} microseconds`);
  }
});

test("promise 6 (Isolation): over HTTPS only the __Host- cookie counts, so that a planted plain one does not", () => {
  assert.equal(idIn(`__Host-ps=${T1}`, true), ONE);
  assert.equal(idIn(`ps=${T1}`, true), undefined);
  assert.equal(idIn(`ps=${T2}; __Host-ps=${T1}`, true), ONE);
  assert.equal(idIn(`__host-ps=${T1}; __Secure-ps=${T1}; __Host-ps =x`, true), undefined);
  assert.equal(idIn(`__Host-ps=${T1}`, false), undefined);
});

test("findToken() reads the plain cookie over HTTPS when a domain or a path rules the prefix out", () => {
  for (const options of [{ domain: "example.com" }, { path: "/app" }]) {
    const settings = cookieSettings({ name: "ps", ...options });
    assert.equal(idIn(`ps=${T1}`, true, settings), ONE);
    assert.equal(idIn(`__Host-ps=${T1}`, true, settings), undefined);
  }
});
