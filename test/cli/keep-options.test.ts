import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keepOption, keepOptions } from "../../src/cli/keep-options.ts";
import { parseCommand } from "../../src/cli/parse.ts";
import { keepVariables } from "../../src/cli/run/keep-options.ts";
import { isPersistError } from "../../src/errors.ts";

function kept(args: readonly string[], resume = true, loginCookies: readonly string[] = []) {
  const values = parseCommand(args, keepOptions)?.values as Parameters<typeof keepOption>[0];
  return keepOption(values, resume, loginCookies);
}

function refuses(args: readonly string[], message: RegExp, resume = true): void {
  assert.throws(
    () => kept(args, resume),
    (error) => isPersistError(error, "ERR_USAGE") && message.test(error.message),
    args.join(" "),
  );
}

describe("--keep", () => {
  test("is off unless it is given", () => {
    assert.equal(kept([]), false);
    assert.deepEqual(keepVariables(kept([])), {});
  });

  test("tells Python the bound, whether pickle may be stored, and the cookies of a login", () => {
    assert.deepEqual(keepVariables(kept(["--keep"])), {
      PERSIST_SESSION_KEEP: "on",
      PERSIST_SESSION_KEEP_MAX: "1048576",
    });
    const all = kept(["--keep", "--keep-max", "4M", "--allow-pickle"], true, ["auth", "other"]);
    assert.deepEqual(keepVariables(all), {
      PERSIST_SESSION_KEEP: "on",
      PERSIST_SESSION_KEEP_MAX: "4194304",
      PERSIST_SESSION_ALLOW_PICKLE: "on",
      PERSIST_SESSION_LOGIN_COOKIE: "auth,other",
    });
  });

  test("refuses sizes that are malformed or too large, and says what they look like", () => {
    for (const size of ["0", "many", "1.5m", "33m", "1g", "-1"])
      refuses(["--keep", `--keep-max=${size}`], /--keep-max takes a size of at most 32m.*500k/);
  });

  test("refuses its options without it, and itself without resume", () => {
    refuses(["--keep-max", "4m"], /--keep-max is an option of --keep/);
    refuses(["--allow-pickle"], /--allow-pickle is an option of --keep/);
    refuses(["--keep"], /--no-resume/, false);
  });
});
