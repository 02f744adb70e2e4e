import { AsyncLocalStorage } from "node:async_hooks";
import { PersistError } from "../errors.ts";
import { processWide } from "../process-wide.ts";
import type { StateClass } from "../state/index.ts";
import type { Scope } from "./scope.ts";
import type { Session } from "./session.ts";

/** The scope that the running code belongs to. */
export const scopes = processWide("scopes.1", () => new AsyncLocalStorage<Scope>());

/**
 * The session of the running request, message or `session.run(…)`.
 * @throws PersistError `ERR_NO_SESSION` outside of one
 * @example
 * ```ts
 * import { createSessions, currentSession } from "persist-session";
 *
 * const session = await createSessions({ store: "memory:" }).open();
 * await session.run(() => {
 *   console.log(currentSession() === session); // true
 * });
 * ```
 */
export function currentSession(): Session {
  const scope = scopes.getStore();
  if (scope === undefined) {
    throw new PersistError(
      "ERR_NO_SESSION",
      `There is no session here. Add your framework's adapter before the routes: app.use(persistSession()) from "persist-session/express", /koa or /hono, ` +
        "persistSession() from /http, /fastify, /sveltekit, /astro, /nuxt (Nitro and h3 too), /react-router, /trpc, /ws or /socket.io, or " +
        "PersistSessionModule from /nest; docs/ has a page for each. " +
        "In Next (/next), make actions by session.action(…) and route handlers by session.route(…), and read in server components by " +
        "session.peek(…). Anywhere else, wrap the work in session.run(…). Code that loses its async context can use sessionOf(request).",
    );
  }
  return scope.session;
}

/**
 * Gives this browser's instance of a persisted class, before and after a reload: filled
 * from the store, or fresh with the defaults of its constructor. The instance keeps itself saved
 * until the scope ends.
 *
 * @throws PersistError `ERR_NO_SESSION` outside a scope; `ERR_NOT_PERSISTED`; `ERR_NO_USER`;
 * `ERR_SCHEMA_NEWER`; `ERR_MIGRATE_…`; a store's `ERR_STORE_…` (a failed read never looks like an
 * empty state)
 * @example
 * ```ts
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
 *   const cart = await restore(Cart);
 *   cart.items.push("tea"); // stored when the function ends
 * });
 * await browser.reload();
 * await browser.run(async () => {
 *   console.log((await restore(Cart)).items); // [ 'tea' ]
 * });
 * ```
 */
export function restore<T extends object>(stateClass: StateClass<T>): Promise<T> {
  // Not an async function: every request would pay for one promise more.
  try {
    return currentSession().restore(stateClass);
  } catch (error) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever was thrown, as an async function would
    return Promise.reject(error);
  }
}
