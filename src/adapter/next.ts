import type { cookies } from "next/headers.js";
import {
  type DeepReadonly,
  type RequestScope,
  scopes,
  type Sessions,
  type GivenOptions,
  type SessionsOptions,
  type StateClass,
} from "../sessions/index.ts";
import { PersistError } from "../errors.ts";
import { finishResponse } from "./fetch/index.ts";
import { joinedScope, outerScope, partOf } from "./same-request.ts";
import { parseSetCookie } from "./set-cookie.ts";
import { sharedSessions } from "./shared-sessions.ts";

export type { Sessions, SessionsOptions };

/** The part of a request that `identify` gets: its headers. */
export interface NextRequestLike {
  /** They cannot be changed. */
  readonly headers: Omit<Headers, "append" | "delete" | "set">;
}

type Jar = Awaited<ReturnType<typeof cookies>>;

type RouteHandler<R extends Request, A extends unknown[]> = (
  request: R,
  ...rest: A
) => Response | Promise<Response>;

/** What a Next app has of its sessions. */
export interface NextSession {
  /** The sessions, made at the first use; to listen to events, to share with other adapters. */
  readonly sessions: Sessions;
  /**
   * For server components: the state of this page's browser, frozen. Makes the page dynamic. It
   * sets no cookie, since a component cannot.
   *
   * @throws PersistError what `session.peek()` throws, such as `ERR_STORE_…`: `error.tsx` is shown
   */
  peek<T extends object>(stateClass: StateClass<T>): Promise<DeepReadonly<T>>;
  /**
   * Makes a server action whose changes are committed, and whose cookie is set, before Next
   * answers, even if it ends by `redirect()`. An action that used the session renders the page
   * again. A commit that fails rejects the action: `error.tsx` is shown.
   *
   * @throws when the action is called: what `action` throws, or what the commit throws;
   * `ERR_OPTION_INVALID` in the bearer mode
   */
  action<A extends unknown[], R>(
    action: (...args: A) => R | Promise<R>,
  ): (...args: A) => Promise<R>;
  /**
   * Makes a route handler: `export const GET = session.route(handler)`. Changes while it streams
   * are committed before the end.
   *
   * @throws when the route is called: what `handler` throws, or what the commit throws
   */
  route<R extends Request, A extends unknown[]>(
    handler: RouteHandler<R, A>,
  ): (request: R, ...rest: A) => Promise<Response>;
}

/**
 * Sessions for Next's App Router: `export const session = nextSession()` in a module of the app,
 * and in `next.config` the line `serverExternalPackages: ["persist-session"]`.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets an object with the
 *   request's `headers`
 * @throws PersistError at the first use: `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`
 * @example
 * ```ts
 * import { persist, restore } from "persist-session";
 * import { nextSession } from "persist-session/next";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * export const session = nextSession({ ttl: "7d" });
 *
 * // A server component: const cart = await session.peek(Cart);
 * export const addTea = session.action(async () => {
 *   (await restore(Cart)).items.push("tea");
 * });
 * ```
 */
export function nextSession<U extends string = string>(
  options: GivenOptions<NextRequestLike, U> | Sessions = {} as GivenOptions<NextRequestLike, U>,
): NextSession {
  // At the first use: Next loads all modules while it builds, and no store must be opened then.
  let found: Sessions | undefined;
  const sessions = (): Sessions => (found ??= sharedSessions(options));

  const requestScope = async (): Promise<{ scope: RequestScope; jar: Jar }> => {
    const next = await import("next/headers.js");
    // Before the sessions: while Next builds, they say that the page is dynamic.
    const [jar, headers] = await Promise.all([next.cookies(), next.headers()]);
    const secure = isSecure(headers);
    const name = sessions().cookieName(secure);
    // The jar knows what an action of this very request has set; the header knows cookies of one
    // name.
    const newest = jar.get(name)?.value;
    const cookie = [newest && `${name}=${newest}`, headers.get("cookie")]
      .filter(Boolean)
      .join("; ");
    const seen = {
      get: (header: string) => (header === "cookie" ? cookie : headers.get(header)),
    };
    return { scope: sessions().fromRequest(seen, { request: { headers }, secure }), jar };
  };

  return {
    get sessions() {
      return sessions();
    },

    async peek(stateClass) {
      // Not while Next builds: then there is no scope, and no store must be opened.
      const ambient = scopes.getStore() === undefined ? undefined : partOf(sessions());
      if (ambient !== undefined) return await ambient.session.peek(stateClass);
      const { scope } = await requestScope();
      scope.session.headersLeft(false);
      try {
        return await scope.enter(async () => await scope.session.peek(stateClass));
      } finally {
        // Nothing was changed. The expiry is extended only by answers that can renew the cookie,
        // too.
        scope.release();
      }
    },

    action(action) {
      return async (...args) => {
        if (sessions().bearer) throw bearerAction();
        // A route handler or another action has called it: the answer is theirs.
        if (partOf(sessions()) !== undefined) return await action(...args);
        joinedScope(scopes.getStore()?.session.request, sessions());
        const { scope, jar } = await requestScope();
        try {
          const result = await scope.enter(async () => await action(...args));
          await scope.end();
          if (scope.used) await renderAnew();
          return result;
        } catch (error) {
          await endAfter(sessions(), scope, error);
          throw error;
        } finally {
          setByJar(jar, scope);
        }
      };
    },

    route(handler) {
      return async (request, ...rest) => {
        const outer = outerScope(request, undefined);
        const joined = joinedScope(outer, sessions());
        if (joined !== undefined)
          return await joined.enter(async () => await handler(request, ...rest));
        const secure = isSecure(request.headers);
        const scope = sessions().fromRequest(request.headers, { request, secure });
        scope.within(outer, request);
        let response;
        try {
          response = await scope.enter(async () => await handler(request, ...rest));
        } catch (error) {
          await endAfter(sessions(), scope, error);
          const next = await import("next/headers.js");
          if (!sessions().bearer) setByJar(await next.cookies(), scope);
          throw error;
        }
        return await finishResponse(scope, request, response, (error) => sessions().report(error));
      };
    },
  };
}

/** Next sets the header itself if no proxy did. */
function isSecure(headers: { get(name: string): string | null }): boolean {
  return headers.get("x-forwarded-proto")?.split(",", 1)[0]?.trim() === "https";
}

/**
 * Commits after an action or handler has thrown. `redirect()` and `notFound()` throw too, but are
 * no failures: after them, a failed commit is the error.
 */
async function endAfter(sessions: Sessions, scope: RequestScope, error: unknown): Promise<void> {
  const digest = (error as { digest?: unknown } | null | undefined)?.digest;
  if (typeof digest === "string" && digest.startsWith("NEXT_")) await scope.end();
  else await scope.end().catch((commitError: unknown) => sessions.report(commitError));
}

function setByJar(jar: Jar, scope: RequestScope): void {
  const due = scope.headers();
  if (due === undefined) return;
  const { name, value, attributes } = parseSetCookie(due.value);
  jar.set(name, value, attributes);
}

/**
 * Makes Next render the page with the action's answer. Otherwise Next does so only if the action
 * has set a cookie.
 */
async function renderAnew(): Promise<void> {
  const { refresh, revalidateTag } = await import("next/cache.js");
  try {
    // Next 15 has no refresh(). A tag that nothing is cached under does the same there.
    if (refresh === undefined) revalidateTag("persist-session");
    else refresh();
  } catch {
    // A route handler has called the action: no page is rendered.
  }
}

function bearerAction(): PersistError {
  return new PersistError(
    "ERR_OPTION_INVALID",
    "A server action cannot give a bearer token: it has no headers of its own. Use route() for the clients that bring one.",
  );
}
