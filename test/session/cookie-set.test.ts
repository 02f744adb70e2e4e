import assert from "node:assert/strict";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import {
  cookieName,
  type CookieOptions,
  cookieSettings,
} from "../../src/identity/cookie-options.ts";
import { deleteCookie, findToken, setCookie } from "../../src/identity/cookie.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { newSessionId, signToken } from "../../src/identity/token.ts";
import { SECRET_A } from "./keys.ts";

const RING = new KeyRing(SECRET_A);
const DAY = 86_400_000;

test("cookieSettings() fills in the defaults, with the app id in the name if there is one", () => {
  const defaults = {
    name: "persist-session",
    sameSite: "Lax",
    partitioned: false,
    domain: undefined,
    path: "/",
  };
  assert.deepEqual(cookieSettings(), defaults);
  assert.deepEqual(
    cookieSettings({ name: undefined, sameSite: undefined, domain: undefined }),
    defaults,
  );
  assert.equal(cookieSettings({}, "1a2b3c4d").name, "persist-session-1a2b3c4d");
  assert.equal(cookieSettings({ name: "shop" }, "1a2b3c4d").name, "shop");
  assert.equal(cookieSettings({ domain: ".Example.com" }).domain, "Example.com");
});

test("cookieSettings() throws ERR_OPTION_INVALID, naming the option, when a value could not stand in a cookie", () => {
  const injections = [
    "a;b",
    "a; Domain=evil.example",
    "a\r\nSet-Cookie: x=1",
    "a\0",
    "a b",
    "a,b",
    'a"',
    "é",
    "\u{1f36a}",
  ];
  const bad: Record<string, unknown[]> = {
    name: [
      "",
      "a=b",
      "x".repeat(101),
      "__Host-a",
      "__host-a",
      "__Secure-a",
      "__Http-a",
      "__Host-Http-a",
      7,
      {},
      ...injections,
    ],
    sameSite: [
      "",
      "LAX",
      "Lax",
      "None",
      "toString",
      "__proto__",
      "constructor",
      true,
      1,
      ["lax"],
      ...injections,
    ],
    partitioned: ["true", 1, {}],
    domain: [
      "",
      ".",
      "..a",
      "a..b",
      "-a.com",
      "a-.com",
      "a_b.com",
      "http://a",
      "a/b",
      "a:80",
      "[::1]",
      "a.",
      7,
      null,
      "a".repeat(64),
      `${"a.".repeat(130)}a`,
      ...injections,
    ],
    path: [
      "",
      "a",
      "app/",
      "/a;b",
      "/a\r\nX: y",
      "/a\0",
      "/a b",
      "/é",
      "/; Domain=evil.example",
      7,
      `/${"a".repeat(1001)}`,
    ],
    httpOnly: [false],
    samesite: ["lax"],
  };
  for (const [option, values] of Object.entries(bad)) {
    for (const value of values) {
      assert.throws(
        () => cookieSettings({ [option]: value }),
        (error) =>
          isPersistError(error, "ERR_OPTION_INVALID") &&
          error.message.startsWith(`cookie.${option} `),
        `${option}: ${JSON.stringify(value)}`,
      );
    }
  }
});

test("cookieName() has the __Host- prefix over HTTPS, unless a domain or another path than / is set", () => {
  assert.equal(cookieName("ps", true, {}), "__Host-ps");
  assert.equal(cookieName("ps", true, { path: "/" }), "__Host-ps");
  assert.equal(cookieName("ps", false, {}), "ps");
  assert.equal(cookieName("ps", true, { domain: "example.com" }), "ps");
  assert.equal(cookieName("ps", true, { path: "/app" }), "ps");
});

test("setCookie() gives a Set-Cookie value with every attribute that the settings ask for", () => {
  const cases: [CookieOptions, boolean, string][] = [
    [{}, false, "persist-session=T; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"],
    [{}, true, "__Host-persist-session=T; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure"],
    [
      { sameSite: "strict", name: "a" },
      false,
      "a=T; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict",
    ],
    [
      { sameSite: "none", partitioned: true },
      true,
      "__Host-persist-session=T; Max-Age=2592000; Path=/; HttpOnly; SameSite=None; Secure; Partitioned",
    ],
    [
      { domain: "example.com", path: "/app" },
      true,
      "persist-session=T; Max-Age=2592000; Path=/app; Domain=example.com; HttpOnly; SameSite=Lax; Secure",
    ],
  ];
  for (const [options, secure, value] of cases) {
    assert.equal(setCookie("T", 30 * DAY, secure, cookieSettings(options)), value);
  }
  assert.match(setCookie("T", 1999, false, cookieSettings()), /; Max-Age=1;/);
  assert.match(setCookie("T", 1, false, cookieSettings()), /; Max-Age=1;/);
});

test("setCookie() gives a cookie that findToken() finds again, over HTTP and HTTPS", () => {
  const id = newSessionId();
  for (const options of [{}, { name: "a" }, { path: "/app" }, { domain: "example.com" }]) {
    for (const secure of [false, true]) {
      const settings = cookieSettings(options);
      const [pair] = setCookie(signToken(RING, settings.name, id), DAY, secure, settings).split(
        ";",
      );
      assert.equal(findToken(RING, `other=1; ${pair}`, secure, settings)?.id, id);
    }
  }
});

test("setCookie() throws ERR_OPTION_INVALID and shows no value when the value could not stand in a cookie", () => {
  for (const value of [
    "",
    "a;b",
    "a; Domain=evil.example",
    "a\r\nSet-Cookie: x=1",
    "a\nb",
    "a\0",
    "a b",
    "a,b",
    'a"b',
    "a\\b",
    "é",
  ]) {
    assert.throws(
      () => setCookie(value, DAY, false, cookieSettings()),
      (error) =>
        isPersistError(error, "ERR_OPTION_INVALID") &&
        (value === "" || !error.message.includes(value)),
    );
  }
  for (const ttl of [0, -1, Number.NaN, Infinity]) {
    assert.throws(() => setCookie("T", ttl, false, cookieSettings()), {
      code: "ERR_OPTION_INVALID",
    });
  }
});

test("setCookie() and deleteCookie() throw when sameSite none or partitioned meets a request without HTTPS", () => {
  for (const options of [{ sameSite: "none" }, { partitioned: true }] as const) {
    const settings = cookieSettings(options);
    for (const make of [
      () => setCookie("T", DAY, false, settings),
      () => deleteCookie(false, settings),
    ]) {
      assert.throws(
        make,
        (error) =>
          isPersistError(error, "ERR_OPTION_INVALID") && /HTTPS.*trustProxy/.test(error.message),
      );
    }
  }
});

test("deleteCookie() ends the cookie under the same name, path, domain and partition", () => {
  assert.equal(
    deleteCookie(false, cookieSettings({ name: "a" })),
    "a=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Lax",
  );
  const settings = cookieSettings({ partitioned: true, domain: "example.com", path: "/app" });
  for (const wanted of [
    /^persist-session=;/,
    /; Path=\/app;/,
    /; Domain=example\.com;/,
    /; Secure; Partitioned$/,
  ]) {
    assert.match(deleteCookie(true, settings), wanted);
  }
  assert.match(deleteCookie(true, cookieSettings()), /^__Host-persist-session=; /);
});
