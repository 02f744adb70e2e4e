import assert from "node:assert/strict";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { pageOrigin, type PageOrigin, parseAllowedOrigins } from "../../src/identity/origin.ts";

interface Asked {
  readonly origin?: string;
  readonly site?: string;
  readonly host?: string;
  readonly secure?: boolean;
}

function judge(asked: Asked, allow: readonly string[] = []): PageOrigin {
  const { origin, site, host = "app.example.com", secure = false } = asked;
  return pageOrigin({ origin, site, host, secure }, parseAllowedOrigins(allow));
}

test("pageOrigin() takes a page for its own when scheme, host and port are the same", () => {
  const own: Asked[] = [
    { origin: "http://app.example.com" },
    { origin: "HTTP://App.Example.COM" },
    { origin: "http://app.example.com", host: "APP.example.com" },
    { origin: "http://app.example.com", host: "app.example.com:80" },
    { origin: "https://app.example.com", secure: true },
    { origin: "https://app.example.com", host: "app.example.com:443", secure: true },
    // TLS ends at a proxy that is not trusted.
    { origin: "https://app.example.com", secure: false },
    { origin: "http://app.example.com:8501", host: "app.example.com:8501" },
    { origin: "http://[::1]:8501", host: "[0:0::1]:8501" },
    { origin: "http://localhost:1", host: "localhost:1", site: "same-origin" },
    // A proxy rewrote Host: the browser's own word is enough.
    { origin: "https://app.example.com", host: "127.0.0.1:8501", site: "same-origin" },
    { site: "same-origin" },
  ];
  for (const asked of own) assert.equal(judge(asked), "own", JSON.stringify(asked));
});

test("promise 6 (Isolation): pageOrigin() takes every other page for a foreign one", () => {
  const foreign: Asked[] = [
    { origin: "http://evil.example" },
    { origin: "http://app.example.com:8502", host: "app.example.com:8501" },
    { origin: "http://app.example.com:8501", host: "app.example.com" },
    { origin: "http://app.example.com", host: "app.example.com:8501" },
    { origin: "http://other.example.com" },
    { origin: "http://example.com" },
    { origin: "http://a.app.example.com" },
    { origin: "http://app.example.com.evil.example" },
    { origin: "http://localhost:1", host: "127.0.0.1:1" },
    // A page that came without TLS may come from any machine on the way.
    { origin: "http://app.example.com", secure: true },
    { origin: "null" },
    { origin: "null", site: "same-origin" },
    { origin: "" },
    { origin: "app.example.com" },
    { origin: "//app.example.com" },
    { origin: "http://app.example.com/" },
    { origin: "http://app.example.com/path" },
    { origin: "http://app.example.com?" },
    { origin: "http://app.example.com#" },
    { origin: "http://evil.example\\@app.example.com" },
    { origin: "http://user@app.example.com" },
    { origin: "http://app.example.com, http://evil.example" },
    { origin: "http://app.example.com http://evil.example" },
    { origin: "http://app.example.com:99999" },
    { origin: "file://" },
    { origin: "file:///app.example.com" },
    { origin: "chrome-extension://app.example.com" },
    { origin: `http://${"a".repeat(5000)}` },
    // What the browser itself says counts for more than a Host that a proxy wrote.
    { origin: "http://app.example.com", site: "cross-site" },
    { origin: "http://app.example.com", site: "same-site" },
    { site: "cross-site" },
    { site: "same-site" },
    { site: "same-origin, same-origin" },
  ];
  for (const asked of foreign) assert.equal(judge(asked), "foreign", JSON.stringify(asked));
});

test("pageOrigin() says that nothing was said when there is no Origin, as from a program", () => {
  assert.equal(judge({}), "unsaid");
  assert.equal(judge({ site: "none" }), "unsaid");
});

test("pageOrigin() is foreign when there is no host to compare with", () => {
  const claims = { origin: "http://a.example", site: undefined, host: undefined, secure: false };
  assert.equal(pageOrigin(claims, parseAllowedOrigins()), "foreign");
});

test("pageOrigin() knows the origins that the operator named, and no others", () => {
  const allow = [
    "https://Portal.example.com:443/",
    "http://localhost:5173",
    "capacitor://localhost",
  ];
  for (const origin of [
    "https://portal.example.com",
    "http://localhost:5173",
    "capacitor://localhost",
  ]) {
    assert.equal(judge({ origin }, allow), "named", origin);
    assert.equal(judge({ origin, site: "cross-site" }, allow), "named", origin);
  }
  for (const origin of [
    "http://portal.example.com",
    "https://a.portal.example.com",
    "http://localhost:5174",
    "null",
  ])
    assert.equal(judge({ origin, site: "cross-site" }, allow), "foreign", origin);
});

test("parseAllowedOrigins() refuses what is no origin of a page, and says what one looks like", () => {
  const bad: unknown[] = [
    "*",
    "https://*.example.com",
    "null",
    "example.com",
    "localhost:5173",
    "https://",
    "https:example.com",
    "https://example.com/app",
    "https://example.com?x",
    "https://example.com#x",
    "https://user:pw@example.com",
    "https://example.com:99999",
    "https://a b",
    "",
    7,
    null,
    [["https://a.example"]],
    { 0: "https://a.example" },
  ];
  for (const entry of bad)
    assert.throws(
      () => parseAllowedOrigins((Array.isArray(entry) ? entry : [entry]) as string[]),
      (error) => isPersistError(error, "ERR_OPTION_INVALID") && /allowOrigin/.test(error.message),
      JSON.stringify(entry),
    );
  assert.throws(
    () => parseAllowedOrigins(7 as unknown as string),
    (error) => isPersistError(error, "ERR_OPTION_INVALID"),
  );
  assert.ok(parseAllowedOrigins("https://a.example").has("https://a.example"));
});
