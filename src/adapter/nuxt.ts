import { PersistError } from "../errors.ts";
import type { GivenOptions, Sessions, SessionsOptions } from "../sessions/index.ts";
import {
  type H3App,
  type H3Middleware,
  type H3NextEvent,
  isH3App,
  runMiddleware,
  webSocketHooks,
  type WebSocketHooksLike,
  type WebSocketOptions,
  wrapApp,
} from "./h3/index.ts";
import { lazySessions } from "./lazy-sessions.ts";

export type { H3App, H3NextEvent, Sessions, SessionsOptions, WebSocketHooksLike, WebSocketOptions };

/** As much of Nitro 2's app as is needed. */
export interface NitroAppLike {
  /** The app that answers all requests. */
  readonly h3App: H3App;
  /** Nitro reports here that it closes. */
  readonly hooks: { hook(name: "close", listener: () => Promise<void>): unknown };
}

/**
 * An event of h3, as `identify` gets it. An app may name the type of its own:
 * `identify: (event: H3Event) => …`.
 */
export interface NuxtRequest {
  /** What middleware has put there: often who is signed in. */
  readonly context: Record<string, unknown>;
}

/** A plugin of Nuxt and Nitro 2, and a middleware of Nitro 3 and h3 2. */
export interface NuxtPlugin extends H3Middleware {
  /**
   * Gives all requests of an app their sessions: Nitro 2 calls it with its own app; h3 1 has no
   * plugins, so call it with the app.
   */
  (app: NitroAppLike | H3App): void;
  /**
   * Gives the sockets of a route their session: `defineWebSocketHandler(session.webSocket({ … }))`.
   * Each call of a hook is a scope, `upgrade` too, whose answer sets the cookie if that is due. A
   * hook's changes are committed when it is done. If a hook or a commit fails, the socket is closed
   * with 1011; when a session ends (clear, rotate, logout elsewhere), its sockets are closed
   * with 4401. If a page of another origin requests the upgrade, the answer is 403, unless the
   * option `allowOrigin` names that origin. `identify` gets the request of the upgrade, and
   * `sessionOf` takes the peer.
   */
  webSocket<H extends WebSocketHooksLike>(this: void, hooks: H, options?: WebSocketOptions): H;
  /** Made at the first request; to listen to events, to share with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for Nuxt, in a file of `server/plugins/`: `export default persistSession()`. `restore`
 * works in API routes, server routes and middleware, and in the routes that a page fetches while it
 * is rendered. The answer leaves when the commit is done. If the commit fails, Nuxt's own error
 * page is the answer. The same line in a file of `middleware/` is the adapter for Nitro 3;
 * `app.use(persistSession())` that for h3 2.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets the event
 * @throws PersistError `ERR_OPTION_INVALID`, when the framework calls it, if it is registered as
 * something else
 * @example
 * ```ts
 * // server/plugins/persist-session.ts
 * import { persistSession } from "persist-session/nuxt";
 *
 * export default persistSession({ ttl: "7d" });
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<NuxtRequest, U> | Sessions,
): NuxtPlugin {
  const sessions = lazySessions(options);
  let used = false;
  const use = (): Sessions => {
    used = true;
    return sessions();
  };
  // Two parameters, because h3 2 treats a function with one as a handler.
  const plugin = (
    target: NitroAppLike | H3App | H3NextEvent,
    next?: () => unknown,
  ): Promise<unknown> | undefined => {
    if (typeof next === "function") return runMiddleware(target as H3NextEvent, next, use);
    if (isH3App(target)) wrapApp(target, use);
    else if (isNitroApp(target)) {
      wrapApp(target.h3App, use);
      // The app closes sessions that it has made itself.
      target.hooks.hook("close", async () => {
        if (used && options !== sessions()) await sessions().close();
      });
    } else throw misplaced(target);
    return undefined;
  };
  const webSocket: NuxtPlugin["webSocket"] = (hooks, options) =>
    webSocketHooks(hooks, use, options);
  Object.defineProperty(plugin, "sessions", { get: sessions });
  return Object.assign(plugin as NuxtPlugin, { webSocket });
}

function isNitroApp(target: object): target is NitroAppLike {
  return "h3App" in target && isH3App(target.h3App as object);
}

function misplaced(target: object): PersistError {
  const remedy =
    "node" in target
      ? "It was called as an event handler: Nuxt and Nitro 2 take it from a file in server/plugins/, not in server/middleware/"
      : "Nitro 3 takes it from a file in middleware/, not in plugins/, and h3 2 by app.use(persistSession())";
  return new PersistError(
    "ERR_OPTION_INVALID",
    `persistSession() of persist-session/nuxt is registered in the wrong place. ${remedy}.`,
  );
}
