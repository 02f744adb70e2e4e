/** @ts-ignore -- without the framework there is no type of its requests */
// oxlint-disable-next-line typescript/ban-ts-comment -- as said: a declaration file cannot expect an error
import type { Context } from "hono";
import {
  bindSession,
  type RequestScope,
  type Sessions,
  type GivenOptions,
  type SessionsOptions,
} from "../sessions/index.ts";
import { ofTheAnswer } from "./answer-headers.ts";
import { againScope, enterOrEnd, finishResponse, handleRequest } from "./fetch/index.ts";
import { type HealthOptions, healthAnswer } from "./health.ts";
import { sessionsFrom } from "./node/index.ts";
import { joinedScope, outerScope } from "./same-request.ts";

export type { HealthOptions, Sessions, SessionsOptions };

/** The part of a Hono context that the middleware uses. */
export interface HonoContextLike {
  /** The request; `raw` is the runtime's own. */
  readonly req: { readonly raw: Request };
  /** What the runtime adds: under @hono/node-server, Node's request. */
  readonly env: unknown;
  /** The response of the routes after the middleware. */
  get res(): Response;
  set res(response: Response | undefined);
}

/** Middleware for Hono. */
export interface HonoMiddleware {
  (context: HonoContextLike, next: () => Promise<void>): Promise<void>;
  /** The sessions: close them at shutdown, listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for Hono: `app.use(persistSession())` before the routes. The commit is done before the
 * Response is given away.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/hono";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const app = new Hono();
 * app.use(persistSession());
 * app.get("/", async (context) => {
 *   const visits = await restore(Visits);
 *   visits.count++;
 *   return context.text(`Visit ${visits.count}`);
 * });
 *
 * const response = await app.request("/");
 * console.log(await response.text()); // Visit 1
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<Context, U> | Sessions,
): HonoMiddleware {
  const sessions = sessionsFrom(options);
  const middleware = async (context: HonoContextLike, next: () => Promise<void>): Promise<void> => {
    const { raw } = context.req;
    const outer = outerScope(raw, context);
    const joined = joinedScope(outer, sessions);
    if (joined !== undefined) {
      bindSession(raw, joined.session);
      bindSession(context, joined.session);
      await joined.enter(next);
      return;
    }
    const scope =
      againScope(sessions, { request: raw, appRequest: context }) ??
      scopeOf(sessions, raw, nodeRequest(context.env)?.socket?.remoteAddress, context);
    scope.within(outer, raw);
    bindSession(raw, scope.session);
    await enterOrEnd(scope, sessions, next);
    let response;
    try {
      response = await finishResponse(scope, raw, context.res, (error) => sessions.report(error));
    } catch (error) {
      replace(context, failed(context.res, scope));
      throw error;
    }
    if (response !== context.res) replace(context, response);
  };
  return Object.assign(middleware, { sessions });
}

/** A fetch-style handler: `Request` in, `Response` out. Further arguments are passed through. */
export type FetchHandler<A extends unknown[]> = (
  request: Request,
  ...rest: A
) => Response | Promise<Response>;

/**
 * Sessions for any fetch-style handler: `export default { fetch: withSession(handler) }`.
 * @param remoteAddress - gets the direct peer's address from the runtime, for `trustProxy`.
 *   Default: from  @hono/node-server
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import { persist, restore } from "persist-session";
 * import { withSession } from "persist-session/hono";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const fetch = withSession(async () => {
 *   const visits = await restore(Visits);
 *   visits.count++;
 *   return new Response(`Visit ${visits.count}`);
 * });
 *
 * const response = await fetch(new Request("http://localhost/"));
 * console.log(await response.text()); // Visit 1
 * ```
 */
export function withSession<A extends unknown[], U extends string = string>(
  handler: FetchHandler<A>,
  options?: GivenOptions<Request, U> | Sessions,
  remoteAddress: (request: Request, ...rest: A) => string | undefined = (_request, ...rest) =>
    nodeRequest(rest[0])?.socket?.remoteAddress,
): ((request: Request, ...rest: A) => Promise<Response>) & { readonly sessions: Sessions } {
  const sessions = sessionsFrom(options);
  const wrapped = async (request: Request, ...rest: A): Promise<Response> => {
    const asked = {
      request,
      remoteAddress: remoteAddress(request, ...rest),
      secure: request.url.startsWith("https:"),
    };
    return await handleRequest(sessions, asked, () => handler(request, ...rest));
  };
  return Object.assign(wrapped, { sessions });
}

/**
 * The answers for a balancer, `/_persist/health` and `/_persist/ready`, for Hono:
 * `app.use(healthHandler(sessions))`. They need no session and set no cookie.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { healthHandler, persistSession } from "persist-session/hono";
 *
 * const persist = persistSession();
 * const app = new Hono();
 * app.use(healthHandler(persist.sessions));
 * app.use(persist);
 *
 * const response = await app.request("/_persist/ready");
 * console.log(response.status); // 200
 * ```
 */
export function healthHandler(
  sessions: Sessions,
  options?: HealthOptions,
): (
  context: Pick<HonoContextLike, "req">,
  next: () => Promise<void>,
) => Promise<Response | undefined> {
  return async ({ req }, next) => {
    const response = await healthResponse(sessions, req.raw, options);
    if (response === undefined) await next();
    return response;
  };
}

/**
 * The answers for a balancer for any fetch-style handler.
 *
 * @returns the answer; undefined if the request asks for something else
 *
 * @example
 * ```ts
 * import { createSessions } from "persist-session";
 * import { healthResponse } from "persist-session/hono";
 *
 * const sessions = createSessions({ store: "memory:" });
 *
 * const asked = new Request("http://localhost/_persist/health");
 * const response = await healthResponse(sessions, asked);
 * console.log(response?.status); // 200
 * ```
 */
export async function healthResponse(
  sessions: Sessions,
  request: Request,
  options?: HealthOptions,
): Promise<Response | undefined> {
  const { method } = request;
  const found = await healthAnswer(
    sessions,
    { method, url: new URL(request.url).pathname },
    options,
  );
  if (found === undefined) return undefined;
  const { status, headers, body } = found;
  return new Response(method === "HEAD" ? null : body, { status, headers });
}

function scopeOf(
  sessions: Sessions,
  request: Request,
  remoteAddress: string | undefined,
  appRequest: object,
): RequestScope {
  return sessions.fromRequest(request.headers, {
    request: appRequest,
    remoteAddress,
    secure: request.url.startsWith("https:"),
  });
}

/** Hono merges the headers of the response before into a new one, unless there is none. */
function replace(context: HonoContextLike, response: Response): void {
  context.res = undefined;
  context.res = response;
}

/**
 * What Hono merges into the answer of the app's error handler: no headers of the answer that is not
 * sent.
 */
function failed(response: Response, scope: RequestScope): Response {
  const headers = new Headers(response.headers);
  for (const name of ofTheAnswer(response.headers.keys())) headers.delete(name);
  try {
    // What was stored before the failure (by rotate(), or beside a value that could not be stored)
    // must be found again.
    scope.setCookie(headers);
    headers.delete("cache-control");
  } catch {
    // The cookie itself is the failure.
  }
  return new Response(null, { headers });
}

/** Node's own request under @hono/node-server, which puts it into `env`. */
function nodeRequest(env: unknown): { socket?: { remoteAddress?: string } } | undefined {
  return (env as { incoming?: { socket?: { remoteAddress?: string } } } | null | undefined)
    ?.incoming;
}
