import type { GivenOptions, Sessions, SessionsOptions } from "../sessions/index.ts";
import { handleRequest } from "./fetch/index.ts";
import { lazySessions } from "./lazy-sessions.ts";

export type { Sessions, SessionsOptions };

/** A middleware of React Router. */
export interface ReactRouterMiddleware {
  (args: { readonly request: Request }, next: () => Promise<Response>): Promise<Response>;
  /** The sessions, made at the first request: listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/** What React Router does not say about a request. */
export interface ReactRouterOptions {
  /**
   * Whether the browser came over HTTPS. Default: by the request's URL, which says "http:" behind
   * most proxies.
   */
  readonly secure?: (request: Request) => boolean;
}

/**
 * Sessions for React Router's framework mode, in `app/root.tsx`:
 * `export const middleware = [persistSession()]`. `restore` works in loaders, actions and resource
 * routes. The answer leaves when the commit is done. If the commit fails, the app's error boundary
 * is shown.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets the `Request`
 * @throws PersistError at the first request: `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`
 * @example
 * ```ts
 * // app/root.tsx
 * import { persistSession } from "persist-session/react-router";
 *
 * export const middleware = [persistSession({ ttl: "7d" })];
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<Request, U> | Sessions,
  { secure = ({ url }) => url.startsWith("https:") }: ReactRouterOptions = {},
): ReactRouterMiddleware {
  const sessions = lazySessions(options);
  const middleware = async (
    { request }: { readonly request: Request },
    next: () => Promise<Response>,
  ): Promise<Response> =>
    await handleRequest(sessions(), { request, secure: secure(request) }, next);
  return Object.defineProperty(middleware as ReactRouterMiddleware, "sessions", { get: sessions });
}
