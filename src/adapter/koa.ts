import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import {
  type RequestScope,
  type Sessions,
  type GivenOptions,
  type SessionsOptions,
} from "../sessions/index.ts";
import { takeBack } from "./answer-headers.ts";
import { answerPlainly, attach, sessionsFrom } from "./node/index.ts";

export { healthHandler, type HealthHandler, type HealthOptions } from "./health.ts";
export type { Sessions, SessionsOptions };

/** The part of a Koa context that the middleware uses. */
export interface KoaContextLike {
  /** Node's request. */
  readonly req: IncomingMessage;
  /** Node's response. */
  readonly res: ServerResponse;
  /** What Koa answers with. */
  body: unknown;
  /** The status that Koa answers with. */
  status: number;
}

/**
 * Koa's context, as `identify` gets it. An app may name the type of its own:
 * `identify: (context: Koa.Context) => …`.
 */
export interface KoaRequest extends KoaContextLike {
  /** The request's headers, by their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Data that other middleware has put there: often who is signed in. */
  readonly state: Record<string, unknown>;
  /** The request's cookies. */
  readonly cookies: { get(name: string): string | undefined };
  /** A header of the request; "" if it has none of this name. */
  get(header: string): string;
}

/** Middleware for Koa. */
export interface KoaMiddleware {
  (context: KoaContextLike, next: () => Promise<unknown>): Promise<void>;
  /** The sessions: close them at shutdown, listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for Koa: `app.use(persistSession())` before the routes. The commit is done before Koa
 * begins its answer. If it fails, the error goes to the middleware before this one and to Koa's own
 * error handling, like any error. For streams the end of the response waits.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets Koa's context
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import Koa from "koa";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/koa";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const app = new Koa();
 * app.use(persistSession());
 * app.use(async (context) => {
 *   const visits = await restore(Visits);
 *   visits.count++;
 *   context.body = `Visit ${visits.count}`;
 * });
 * app.listen(3000);
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<KoaRequest, U> | Sessions,
): KoaMiddleware {
  const sessions = sessionsFrom(options);
  const middleware = async (
    context: KoaContextLike,
    next: () => Promise<unknown>,
  ): Promise<void> => {
    const { req, res } = context;
    const { scope, held } = attach(
      sessions,
      req,
      res,
      (error) => {
        sessions.report(error);
        answerPlainly(res, error);
      },
      context,
    );
    await scope.enter(next);
    keepInScope(context, scope);
    try {
      await held.commitFirst();
    } catch (error) {
      // The headers of the answer that is not sent after all.
      context.body = null;
      context.status = 500;
      takeBack(res);
      throw error;
    }
  };
  return Object.assign(middleware, { sessions });
}

/**
 * Koa reads a stream when all middleware is done, outside any scope, but the code that produces its
 * chunks must find the session.
 */
function keepInScope(context: KoaContextLike, scope: RequestScope): void {
  if (context.body instanceof ReadableStream) context.body = Readable.from(context.body);
  if (!isPipeable(context.body)) return;
  const body = context.body;
  // oxlint-disable-next-line typescript/unbound-method -- called on the body
  const { pipe } = body;
  body.pipe = (...args: unknown[]) => scope.enter(() => pipe.apply(body, args));
}

interface Pipeable {
  pipe(this: Pipeable, ...args: unknown[]): unknown;
}

function isPipeable(body: unknown): body is Pipeable {
  return typeof (body as Partial<Pipeable> | null | undefined)?.pipe === "function";
}
