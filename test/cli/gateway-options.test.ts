import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  gatewayOptions,
  gatewaySessions,
  type GatewayValues,
} from "../../src/cli/gateway-options.ts";
import { parseCommand } from "../../src/cli/parse.ts";
import { isPersistError } from "../../src/errors.ts";

function sessionsOf(...args: string[]): ReturnType<typeof gatewaySessions> {
  return gatewaySessions(parseCommand(args, gatewayOptions)?.values as GatewayValues);
}

function refuses(args: readonly string[], message: RegExp): void {
  assert.throws(
    () => sessionsOf(...args),
    (error) => isPersistError(error, "ERR_USAGE") && message.test(error.message),
    args.join(" "),
  );
}

describe("--allow-origin", () => {
  test("is given once or several times", () => {
    assert.equal(sessionsOf().allowOrigin, undefined);
    assert.deepEqual(
      sessionsOf("--allow-origin", "https://a.example", "--allow-origin=http://localhost:5173")
        .allowOrigin,
      ["https://a.example", "http://localhost:5173"],
    );
  });

  test("takes origins of pages alone, and says what they look like", () => {
    for (const value of ["*", "a.example", "https://a.example/app", "null", "https://*.a.example"])
      refuses(
        ["--allow-origin", "https://good.example", "--allow-origin", value],
        /--allow-origin takes scheme, host and port.*https:\/\/portal\.example\.com/,
      );
    refuses(["--allow-origin"], /--allow-origin needs a value/);
  });
});

describe("--same-site and --partitioned", () => {
  test("become the cookie's options, beside its name", () => {
    assert.equal(sessionsOf().cookie, undefined);
    for (const value of ["lax", "strict"] as const)
      assert.deepEqual(sessionsOf("--same-site", value).cookie, { sameSite: value });
    const embedded = ["--same-site", "none", "--partitioned", "--trust-proxy", "loopback"];
    assert.deepEqual(sessionsOf(...embedded, "--cookie-name", "n").cookie, {
      name: "n",
      sameSite: "none",
      partitioned: true,
    });
  });

  test("are refused where browsers would drop the cookie", () => {
    refuses(["--same-site", "some"], /--same-site takes lax, strict or none/);
    refuses(["--same-site", "None"], /--same-site takes lax, strict or none/);
    refuses(["--same-site", "none"], /needs HTTPS.*--trust-proxy/);
    refuses(["--partitioned"], /--partitioned needs --same-site none/);
    refuses(["--partitioned", "--same-site", "lax"], /--partitioned needs --same-site none/);
  });
});
