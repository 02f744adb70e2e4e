import assert from "node:assert/strict";
import { test } from "node:test";
import { forwarded, parseTrustProxy } from "../../src/identity/trust-proxy.ts";

const FORGED = {
  host: "app.example",
  "x-forwarded-proto": "https",
  "x-forwarded-for": "203.0.113.9",
  "x-forwarded-host": "evil.example",
};

test("forwarded() hears no header when the direct peer is not trusted", () => {
  for (const option of [false, "none", "loopback", ["10.0.0.0/8", "203.0.113.9"]] as const) {
    const trust = parseTrustProxy(option);
    const plain = { secure: false, address: "198.51.100.1", host: "app.example", trusted: false };
    assert.deepEqual(forwarded(FORGED, "198.51.100.1", false, trust), plain);
    assert.deepEqual(
      forwarded({ ...FORGED, "x-forwarded-proto": "http" }, "198.51.100.1", true, trust),
      { ...plain, secure: true },
    );
    assert.deepEqual(forwarded(FORGED, undefined, false, trust), { ...plain, address: "" });
  }
});

test("forwarded() hears the headers when the direct peer is trusted", () => {
  const trust = parseTrustProxy("loopback");
  const heard = { secure: true, address: "203.0.113.9", host: "evil.example", trusted: true };
  for (const peer of ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
    assert.deepEqual(forwarded(FORGED, peer, false, trust), heard);
  assert.deepEqual(forwarded(new Headers(FORGED), "127.0.0.1", false, trust), heard);
});

test("forwarded() gives what the socket says when a trusted peer adds no header", () => {
  const trust = parseTrustProxy("loopback");
  assert.deepEqual(forwarded({}, "127.0.0.1", true, trust), {
    secure: true,
    address: "127.0.0.1",
    trusted: true,
  });
  assert.deepEqual(forwarded({ host: "a:8080" }, "127.0.0.1", false, trust), {
    secure: false,
    address: "127.0.0.1",
    host: "a:8080",
    trusted: true,
  });
});

test("forwarded() gives the right-most address that is not trusted", () => {
  const trust = parseTrustProxy(["loopback", "10.0.0.0/8", "2001:db8::/32"]);
  const cases: [string | string[], string][] = [
    ["203.0.113.9", "203.0.113.9"],
    ["1.1.1.1, 203.0.113.9", "203.0.113.9"],
    ["1.1.1.1, 203.0.113.9, 10.0.0.5", "203.0.113.9"],
    ["10.0.0.7, 203.0.113.9, 10.0.0.5, 2001:db8::1", "203.0.113.9"],
    [["1.1.1.1", "203.0.113.9, 10.0.0.5"], "203.0.113.9"],
    ["10.0.0.4, 10.0.0.5", "10.0.0.4"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["[2001:470::1]:4711, 10.0.0.5:80", "2001:470::1"],
    ["2001:470::1", "2001:470::1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    // Beyond what is no address nothing counts.
    ["203.0.113.9, unknown", "127.0.0.1"],
    ["203.0.113.9, unknown, 10.0.0.5", "10.0.0.5"],
    ["203.0.113.9,,10.0.0.5", "10.0.0.5"],
    ["203.0.113.9, _hidden", "127.0.0.1"],
    ["999.1.1.1", "127.0.0.1"],
    ["1.2.3.4\0", "127.0.0.1"],
    ["<script>", "127.0.0.1"],
    ["", "127.0.0.1"],
    [" , , ", "127.0.0.1"],
    [[], "127.0.0.1"],
  ];
  for (const [value, address] of cases) {
    assert.equal(
      forwarded({ "x-forwarded-for": value }, "127.0.0.1", false, trust).address,
      address,
      String(value),
    );
  }
});

test("forwarded() takes the protocol that the farthest trusted proxy can have written", () => {
  const trust = parseTrustProxy(["loopback", "10.0.0.0/8"]);
  const cases: [proto: string | string[], addresses: string, secure: boolean][] = [
    ["https", "203.0.113.9", true],
    ["HTTPS", "203.0.113.9", true],
    ["wss", "203.0.113.9", true],
    ["http", "203.0.113.9", false],
    // One proxy, and a client that made up the first entry.
    ["https, http", "203.0.113.9", false],
    ["http, https", "203.0.113.9", true],
    [["https", "http"], "203.0.113.9", false],
    // Two proxies: the outer one spoke HTTPS to the browser and HTTP to the inner one.
    ["https, http", "203.0.113.9, 10.0.0.5", true],
    ["https", "203.0.113.9, 10.0.0.5", true],
    ["https, http, http", "203.0.113.9, 10.0.0.5", false],
  ];
  for (const [proto, addresses, secure] of cases) {
    const headers = { "x-forwarded-proto": proto, "x-forwarded-for": addresses };
    assert.equal(
      forwarded(headers, "127.0.0.1", false, trust).secure,
      secure,
      `${String(proto)} | ${addresses}`,
    );
  }
  // The browser's connection counts, not the proxy's own.
  assert.equal(forwarded({ "x-forwarded-proto": "http" }, "127.0.0.1", true, trust).secure, false);
  for (const proto of ["", "ftp", "https;", "https\0", "javascript:", "on", "1", " ", ","]) {
    for (const encrypted of [true, false]) {
      assert.equal(
        forwarded({ "x-forwarded-proto": proto }, "127.0.0.1", encrypted, trust).secure,
        encrypted,
        proto,
      );
    }
  }
});

test("forwarded() gives a host only when it is one, else the Host header's", () => {
  const trust = parseTrustProxy("loopback");
  const host = (value: string) =>
    forwarded({ host: "own.example", "x-forwarded-host": value }, "127.0.0.1", false, trust).host;
  for (const good of [
    "a",
    "a.example",
    "a.example:8443",
    "203.0.113.9:80",
    "[::1]:8080",
    "[2001:db8::1]",
    "my_host.local",
  ]) {
    assert.equal(host(good), good);
  }
  assert.equal(host("evil.example, a.example"), "a.example");
  const bad = [
    "",
    "a b",
    "a/b",
    "a@b",
    "user:pw@a",
    "a:b",
    "a:123456",
    "-",
    ".a",
    "a\r\nX: y",
    'a"',
    "<a>",
    "a?b",
    "a#b",
    "::1",
    "é.example",
    "a".repeat(300),
  ];
  for (const value of bad) assert.equal(host(value), "own.example", value);
  for (const value of bad) {
    assert.ok(!("host" in forwarded({ host: value }, "127.0.0.1", false, trust)), value);
    assert.ok(!("host" in forwarded({ host: value }, "198.51.100.1", false, trust)), value);
  }
});

test("forwarded() never throws and takes linear time when headers are very long", () => {
  const trust = parseTrustProxy("loopback");
  for (const entry of ["127.0.0.1,", "a,", ",", " ", "[", "1.", ":", "127.0.0.1 ,"]) {
    const value = entry.repeat(16_384 / entry.length);
    const headers = {
      host: value,
      "x-forwarded-for": value,
      "x-forwarded-proto": value,
      "x-forwarded-host": value,
    };
    const start = process.cpuUsage();
    for (let round = 0; round < 5; round++)
      assert.equal(forwarded(headers, "127.0.0.1", false, trust).address, "127.0.0.1");
    assert.ok(process.cpuUsage(start).user < 1_000_000, JSON.stringify(entry));
  }
});
