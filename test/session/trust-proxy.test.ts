import assert from "node:assert/strict";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { parseTrustProxy, type TrustProxy } from "../../src/identity/trust-proxy.ts";

test("parseTrustProxy() trusts exactly the addresses that the option names", () => {
  const cases: [TrustProxy | undefined, string[], string[]][] = [
    [undefined, [], ["127.0.0.1", "::1", "10.0.0.1"]],
    [false, [], ["127.0.0.1", "::1"]],
    ["none", [], ["127.0.0.1", "::1"]],
    [[], [], ["127.0.0.1", "::1"]],
    [
      "loopback",
      [
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::FFFF:127.0.0.1",
      ],
      ["128.0.0.1", "::2", "::", "10.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1"],
    ],
    [
      "10.1.2.3/8",
      ["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"],
      ["11.0.0.0", "9.255.255.255", "127.0.0.1"],
    ],
    [["192.0.2.7"], ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.6", "192.0.2.8"]],
    [
      ["fd00::/8", "2001:db8::5"],
      ["fd00::1", "FDFF::", "fd00::1%eth0", "2001:db8:0::5"],
      ["fc00::1", "2001:db8::6"],
    ],
    [["::ffff:10.0.0.0/104"], ["10.1.2.3", "::ffff:10.1.2.3"], ["11.0.0.1", "::1"]],
    [["::ffff:192.0.2.7"], ["192.0.2.7"], ["192.0.2.8"]],
    [["loopback", "10.0.0.0/8"], ["127.0.0.1", "::1", "10.0.0.1"], ["11.0.0.1"]],
    [["0.0.0.0/0"], ["1.2.3.4", "::ffff:1.2.3.4"], ["::1", "2001:db8::1"]],
    [["::/0"], ["::1", "2001:db8::1"], ["1.2.3.4"]],
  ];
  for (const [option, trusted, others] of cases) {
    const trust = parseTrustProxy(option);
    for (const address of trusted)
      assert.equal(trust.trusts(address), true, `${String(option)} ${address}`);
    for (const address of others)
      assert.equal(trust.trusts(address), false, `${String(option)} ${address}`);
  }
});

test("trusts() is false and does not throw when it is given no address", () => {
  const trust = parseTrustProxy(["loopback", "0.0.0.0/0", "::/0"]);
  for (const address of [
    undefined,
    "",
    "localhost",
    "127.0.0.1:80",
    "[::1]",
    "127.1",
    "0x7f000001",
    "127.0.0.1\0",
    " 127.0.0.1",
    "%",
    "/tmp/s",
  ]) {
    assert.equal(trust.trusts(address), false, address);
  }
});

test("parseTrustProxy() throws ERR_OPTION_INVALID when an entry is no address and no range", () => {
  const entries: unknown[] = [
    "",
    " ",
    "localhost",
    "proxy.example",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/",
    "10.0.0.0/8/8",
  ];
  entries.push(
    "10.0.0.0/08",
    "10.0.0.0/1e1",
    "10.0.0.0/255.0.0.0",
    "10.0.0",
    "10.0.0.256",
    "010.0.0.1",
    "10.0.0.1:80",
    "10.*",
  );
  entries.push(
    "::/129",
    "fe80::1%eth0",
    "[::1]",
    "g::1",
    "::ffff:0.0.0.0/95",
    "10.0.0.0/8,127.0.0.1",
    " 10.0.0.1",
    "10.0.0.1\n",
  );
  entries.push(null, undefined, 1, true, {}, ["10.0.0.1"], "none");
  for (const entry of entries) {
    for (const option of entry === undefined || entry === "none" || Array.isArray(entry)
      ? [[entry]]
      : [entry, [entry], ["loopback", entry]]) {
      assert.throws(
        () => parseTrustProxy(option as TrustProxy),
        (error) =>
          isPersistError(error, "ERR_OPTION_INVALID") && error.message.startsWith("trustProxy "),
        JSON.stringify(option),
      );
    }
  }
});
