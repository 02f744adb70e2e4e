import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { type ErrorCode, isPersistError } from "../../../src/errors.ts";
import { createSessions } from "../../../src/sessions/sessions.ts";
import { parseStoreUrl } from "../../../src/store/open-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { freePort } from "../../support/free-port.ts";

export const PASSWORD = "a-pass-word";

/** All that a log could show of an error. */
export function shown(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true });
}

interface Subject<Options> {
  readonly name: string;
  open(options: Options): Promise<Store>;
  /** The URL of a server that is not there. */
  absent(port: number): string;
  /** Malformed URLs with the password. */
  readonly wrongUrls: readonly string[];
  /** Options that are not what they should be. */
  wrongOptions(): readonly unknown[];
  /** URLs of stores that several processes share. */
  readonly shared: readonly string[];
}

/**
 * What the options of every store with a server must do. @returns a function that asserts that
 * options are refused, and gives what is shown
 */
export function testOptions<Options>(
  subject: Subject<Options>,
): (options: unknown, code: ErrorCode) => Promise<string> {
  const refuses = async (options: unknown, code: ErrorCode): Promise<string> => {
    let seen = "";
    await assert.rejects(subject.open(options as Options), (error) => {
      assert.ok(isPersistError(error, code), String(error));
      seen = shown(error);
      return true;
    });
    return seen;
  };

  test("errors show no password when the server cannot be reached or the URL is wrong", async () => {
    const store = await subject.open({ url: subject.absent(await freePort()) } as Options);
    await assert.rejects(store.read("b:1", "app"), (error) => {
      assert.ok(isPersistError(error, "ERR_STORE_UNAVAILABLE"));
      assert.match(error.message, /ECONNREFUSED/);
      assert.doesNotMatch(shown(error), /a-pass-word/);
      return true;
    });
    await store.close();
    for (const url of subject.wrongUrls)
      assert.doesNotMatch(await refuses({ url }, "ERR_STORE_URL"), /a-pass-word/);
  });

  test(`opening a ${subject.name} store throws ERR_OPTION_INVALID when an option is not what it should be`, async () => {
    for (const options of subject.wrongOptions()) await refuses(options, "ERR_OPTION_INVALID");
  });

  test(`createSessions() throws ERR_SECRET_REQUIRED when the store is ${subject.name} and no secret was given`, () => {
    for (const store of subject.shared) {
      assert.equal(parseStoreUrl(store).shared, true);
      assert.throws(
        () => createSessions({ store }),
        (error) => isPersistError(error, "ERR_SECRET_REQUIRED"),
      );
    }
  });

  return refuses;
}
