import {
  createSessions,
  type GivenOptions,
  type Session,
  type Sessions,
  type SessionsOptions,
} from "../sessions/index.ts";

/** A browser for an app's own tests: a session on a store of its own. It can be reloaded. */
export interface TestSession {
  /** All sessions on the store, for events and options. */
  readonly sessions: Sessions;
  /** The browser's session; another object after each `reload`. */
  readonly session: Session;
  /**
   * Runs `fn` as a request of this browser: `restore(AppState)` works inside, and changes are
   * committed at its end.
   *
   * @returns the result of `fn`
   * @throws what `fn` throws, or what the commit throws
   */
  run<T>(fn: () => T | Promise<T>): Promise<T>;
  /**
   * Comes back as the browser would after F5: with its cookie, and nothing else.
   *
   * @returns the session after the reload
   * @throws PersistError `ERR_STORE_…`
   */
  reload(): Promise<Session>;
  /**
   * Makes a second browser on the same store, which shares nothing with the first.
   *
   * @throws PersistError `ERR_STORE_…`
   */
  another(): Promise<TestSession>;
  /**
   * Closes the store. Also called by `await using`.
   *
   * @throws what the `close()` of the store throws
   */
  close(): Promise<void>;
  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a session for a test, on the memory store unless the options say otherwise.
 *
 * @param options - those of `createSessions`, or a `Sessions` object to open another browser on
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { persist, restore } from "persist-session";
 * import { testSession } from "persist-session/testing";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * await using browser = await testSession();
 * await browser.run(async () => {
 *   (await restore(Cart)).items.push("tea");
 * });
 * await browser.reload(); // F5
 * await browser.run(async () => {
 *   assert.deepEqual((await restore(Cart)).items, ["tea"]);
 * });
 * ```
 */
export async function testSession<U extends string = string>(
  options?: GivenOptions<object, U> | Sessions,
): Promise<TestSession> {
  const given: SessionsOptions | Sessions = options ?? {};
  const sessions =
    "open" in given ? given : createSessions({ store: "memory:", sweepInterval: false, ...given });
  let session = await sessions.open();
  const close = async () => await sessions.close();
  return {
    sessions,
    get session() {
      return session;
    },
    run: async (fn) => await session.run(fn),
    reload: async () => (session = await sessions.open(session.token)),
    another: async () => await testSession(sessions),
    close,
    // Node 20 has the symbol; older type libraries do not know it.
    [Symbol.asyncDispose]: close,
  };
}
