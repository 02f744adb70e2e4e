import assert from "node:assert/strict";
import { test } from "node:test";
import { isPersistError } from "../../src/errors.ts";
import { type Duration, parseDuration } from "../../src/identity/duration.ts";

test("parseDuration() gives milliseconds when the value is a number of seconds or has a unit", () => {
  const cases: [Duration, number][] = [
    [1, 1000],
    [0.5, 500],
    [3600, 3_600_000],
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["12h", 43_200_000],
    ["30d", 2_592_000_000],
    ["1.5h", 5_400_000],
    ["0.001s", 1],
    ["36500d", 36_500 * 86_400_000],
  ];
  for (const [value, milliseconds] of cases)
    assert.equal(parseDuration(value, "ttl"), milliseconds, String(value));
});

test("parseDuration() throws ERR_OPTION_INVALID, naming the option, when the value is no duration above zero", () => {
  const bad: unknown[] = [
    0,
    -1,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    0.0001,
    1e15,
    36_500 * 86_400 + 1,

    "",
    "0d",
    "0s",
    "-1d",
    "+1d",
    "1",
    "d",
    "1w",
    "1D",
    "1 d",
    " 1d",
    "1d ",
    "1d\n",
    "1e3s",
    "0x1s",
    "1.s",
    ".5s",
    "1d1h",
    "36501d",
    `${"9".repeat(400)}s`,
    "constructor",
    "1__proto__",
    "١d",
    "Infinitys",
    "NaNs",

    null,
    undefined,
    true,
    {},
    [],
    ["1d"],
    10n,
    Symbol("1d"),
    () => 1,
    { valueOf: () => 1000 },
    new Date(),
  ];
  for (const value of bad) {
    assert.throws(
      () => parseDuration(value as Duration, "ttl"),
      (error) => isPersistError(error, "ERR_OPTION_INVALID") && error.message.startsWith("ttl "),
    );
  }
});
