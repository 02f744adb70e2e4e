import type { Sessions } from "../sessions.ts";
import type { SessionsOptions } from "../sessions/options.ts";
import { bindSession } from "../sessions/session-of.ts";
import { finishResponse } from "./fetch-response.ts";
import { sessionsFrom } from "./node-adapter.ts";
import { RequestScope } from "./request-scope.ts";

export type { Sessions, SessionsOptions };

/** As much of a Hono context as the middleware needs. */
export interface HonoContextLike {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  get res(): Response;
  set res(response: Response | undefined);
  header(name: string, value: string, options?: { append?: boolean }): void;
}

export interface HonoMiddleware {
  (context: HonoContextLike, next: () => Promise<void>): Promise<void>;
  /** To close at the end, to listen to events, to share with other adapters. */
  readonly sessions: Sessions;
}

/** Sessions for Hono: `app.use(persistSession())` before the routes. The commit is done before the Response is given away. */
export function persistSession(options?: SessionsOptions | Sessions): HonoMiddleware {
  const sessions = sessionsFrom(options);
  const middleware = async (context: HonoContextLike, next: () => Promise<void>): Promise<void> => {
    const scope = scopeOf(sessions, context.req.raw, nodeAddress(context.env));
    bindSession(context, scope.session);
    await orEnd(scope, sessions, async () => await scope.enter(next));
    const finished = await finishResponse(scope, context.res, (error) => sessions.report(error));
    if (finished === undefined) return;
    const { body, headers } = finished;
    if (body !== undefined) {
      const { res } = context;
      // Hono merges the headers of the response before into a new one, unless there is none.
      context.res = undefined;
      context.res = new Response(body, res);
    }
    for (const [name, value] of headers)
      context.header(name, value, { append: name === "set-cookie" });
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
 * @param remoteAddress - where the runtime says who the direct peer is, for `trustProxy`
 */
export function withSession<A extends unknown[]>(
  handler: FetchHandler<A>,
  options?: SessionsOptions | Sessions,
  remoteAddress?: (request: Request, ...rest: A) => string | undefined,
): ((request: Request, ...rest: A) => Promise<Response>) & { readonly sessions: Sessions } {
  const sessions = sessionsFrom(options);
  const wrapped = async (request: Request, ...rest: A): Promise<Response> => {
    const scope = scopeOf(sessions, request, remoteAddress?.(request, ...rest));
    const response = await orEnd(
      scope,
      sessions,
      async () => await scope.enter(async () => await handler(request, ...rest)),
    );
    const finished = await finishResponse(scope, response, (error) => sessions.report(error));
    if (finished === undefined) return response;
    const made = new Response(finished.body === undefined ? null : finished.body, response);
    for (const [name, value] of finished.headers) {
      if (name === "set-cookie") made.headers.append(name, value);
      else made.headers.set(name, value);
    }
    return made;
  };
  return Object.assign(wrapped, { sessions });
}

function scopeOf(
  sessions: Sessions,
  request: Request,
  remoteAddress: string | undefined,
): RequestScope {
  return new RequestScope(sessions, {
    request,
    headers: request.headers,
    cookie: request.headers.get("cookie"),
    remoteAddress,
    encrypted: request.url.startsWith("https:"),
  });
}

/** A handler that throws has its changes committed too; there is no rollback. */
async function orEnd<T>(
  scope: RequestScope,
  sessions: Sessions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await scope.end().catch((commitError: unknown) => sessions.report(commitError));
    throw error;
  }
}

/** The peer's address under @hono/node-server, whose `env` holds Node's own request. */
function nodeAddress(env: unknown): string | undefined {
  const incoming = (
    env as { incoming?: { socket?: { remoteAddress?: unknown } } } | null | undefined
  )?.incoming;
  const address = incoming?.socket?.remoteAddress;
  return typeof address === "string" ? address : undefined;
}
