import { PersistError } from "../errors.ts";
import { persist } from "../state/index.ts";
import { currentSession } from "./ambient.ts";

/**
 * The maximum number of messages of one kind that wait to be shown. Beyond it the oldest are
 * dropped.
 */
const MAX_WAITING = 100;

/** The messages that wait to be shown, by kind. */
class Flash {
  waiting: Record<string, unknown[]> = {};
}

let isRegistered = false;

/**
 * Registered only when it is used: an app without flash messages must have it neither in the store
 * nor in a bundle.
 */
function flashState(): typeof Flash {
  if (!isRegistered) persist("persist-session.flash", Flash);
  isRegistered = true;
  return Flash;
}

/**
 * Keeps a message for the browser's next page, typically before a redirect. It is stored at once,
 * with all changes of the scope so far: messages that several tabs or processes keep at the same
 * time are all kept.
 *
 * @param kind - the name by which the page asks for it: "notice"
 * @param message - a text, or anything that an attribute can hold
 * @throws PersistError `ERR_NO_SESSION`, `ERR_HEADERS_SENT`, `ERR_CONFLICT`, `ERR_STORE_…`, and
 * what the commit of earlier changes throws; `ERR_OPTION_INVALID` if the kind is no text
 * @example
 * ```ts
 * import { flash } from "persist-session";
 * import { testSession } from "persist-session/testing";
 *
 * await using browser = await testSession();
 * await browser.run(() => flash("notice", "Saved.")); // then redirect
 * await browser.reload();
 * await browser.run(async () => {
 *   console.log(await flash("notice")); // [ 'Saved.' ]
 *   console.log(await flash("notice")); // []
 * });
 * ```
 */
export async function flash(kind: string, message: unknown): Promise<void>;
/**
 * Returns the messages of a kind, oldest first, and forgets them: each is returned once, even if
 * several tabs ask at the same time. If there are none, nothing is written.
 */
export async function flash<T = string>(kind: string): Promise<T[]>;
export async function flash(kind: string, ...message: [message?: unknown]): Promise<unknown> {
  if (typeof kind !== "string" || kind === "") {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      'flash() takes the kind of the message first, as a text: flash("notice", "Saved.").',
    );
  }
  const session = currentSession();
  if (message.length === 0) {
    const { waiting } = await session.peek(flashState());
    if (!Object.hasOwn(waiting, kind)) return [];
    return await session.update(flashState(), (state) => {
      const taken = Object.hasOwn(state.waiting, kind) ? state.waiting[kind] : [];
      delete state.waiting[kind];
      return taken;
    });
  }
  await session.update(flashState(), ({ waiting }) => {
    const before = Object.hasOwn(waiting, kind) ? (waiting[kind] ?? []) : [];
    // A kind such as "__proto__" is a name like any other.
    Object.defineProperty(waiting, kind, {
      value: [...before, message[0]].slice(-MAX_WAITING),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  });
  return undefined;
}
