import type { IncomingMessage, ServerResponse } from "node:http";
import { PersistError } from "../errors.ts";
import { hiddenSlot } from "../hidden-slot.ts";
import {
  boundSession,
  Scope,
  scopes,
  type Session,
  type Sessions,
  type GivenOptions,
  type SessionsOptions,
} from "../sessions/index.ts";
import { type FetchHandler, withSession } from "./hono.ts";
import { answerPlainly, attach, sessionsFrom } from "./node/index.ts";
import { partOf } from "./same-request.ts";
import { isIterable, iterateIn } from "./scoped-iteration.ts";

export type { FetchHandler, Sessions, SessionsOptions };

/**
 * What `identify` gets: the request of tRPC's adapter, a `Request` or Node's; Fastify's has Node's
 * as `raw`.
 */
export type TrpcRequest = Request | IncomingMessage | { readonly raw: IncomingMessage };

/** What `createContext` adds to a context. */
export interface TrpcContext {
  /** The caller's session. */
  readonly session: Session;
}

/** The part of tRPC's argument of `createContext` that is used. */
export interface TrpcRequestLike {
  /** The adapter's request: Node's, Fastify's or a fetch `Request`. */
  readonly req: object;
  /** The response, if the adapter has one. */
  readonly res?: unknown;
}

/** The part of tRPC's argument of a middleware that is used. */
export interface TrpcCallLike<R> {
  /** The call's context. */
  readonly ctx: unknown;
  /** Aborts if the caller is gone. */
  readonly signal?: AbortSignal | undefined;
  /** Calls the rest of the procedure with more context. */
  next(options: { ctx: TrpcContext }): Promise<R>;
}

/** A tRPC middleware, and its companions. */
export interface TrpcPersistence {
  /**
   * For procedures: `t.procedure.use(persist)`. Each call is a scope, whose changes are committed
   * before its answer.
   */
  <R>(call: TrpcCallLike<R>): Promise<R>;
  /**
   * For tRPC's adapters: gives the request its session, and its answer the cookie.
   * @throws PersistError `ERR_NO_SESSION` for a fetch request or a WebSocket that no adapter of
   * ours has seen
   */
  createContext(this: void, options: TrpcRequestLike): TrpcContext;
  /**
   * Wraps a handler that calls `fetchRequestHandler`: it takes a `Request` and gives a `Response`.
   *
   * @throws when the handler is called: what `handler` throws, or what the commit throws
   */
  fetch<A extends unknown[]>(
    this: void,
    handler: FetchHandler<A>,
  ): (request: Request, ...rest: A) => Promise<Response>;
  /** The sessions: close them at shutdown, listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for tRPC: `createContext: persist.createContext` for the adapter, and
 * `t.procedure.use(persist)` for the procedures. If a commit fails, its call fails with that error,
 * as tRPC formats it. A subscription's changes are committed before each value that it yields.
 *
 * @param options - those of `createSessions`, or `Sessions`. `identify` gets the adapter's own
 *   request
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import { initTRPC } from "@trpc/server";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/trpc";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const sessions = persistSession();
 * const t = initTRPC.context<typeof sessions.createContext>().create();
 * const procedure = t.procedure.use(sessions);
 *
 * export const router = t.router({
 *   visit: procedure.mutation(async () => {
 *     const visits = await restore(Visits);
 *     return ++visits.count;
 *   }),
 * });
 * // For tRPC's adapter: { router, createContext: sessions.createContext }
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<TrpcRequest, U> | Sessions,
): TrpcPersistence {
  const sessions = sessionsFrom(options);
  const report = (error: unknown): void => sessions.report(error);
  const middleware = async <R>(call: TrpcCallLike<R>): Promise<R> => {
    const session = sessionIn(call.ctx);
    const scope = new Scope(session);
    let result: R;
    try {
      result = await scopes.run(scope, async () => await call.next({ ctx: { session } }));
    } catch (error) {
      await scope.end().catch(report);
      throw error;
    }
    const { ok, data } = result as { readonly ok?: unknown; readonly data?: unknown };
    const failed = async (): Promise<void> => await settleRequest(session);
    if (isIterable(data)) {
      const { signal } = call;
      return { ...result, data: iterateIn(scope, data, { signal, failed, report }) };
    }
    try {
      await scope.end();
    } catch (error) {
      await failed();
      if (ok !== false) throw error;
      // The caller gets the procedure's own error.
      report(error);
    }
    return result;
  };
  return Object.assign(middleware, {
    sessions,
    createContext: ({ req, res }: TrpcRequestLike): TrpcContext => ({
      session: sessionFor(sessions, req, res),
    }),
    fetch: <A extends unknown[]>(handler: FetchHandler<A>) => withSession(handler, sessions),
  });
}

/** The scope of a request whose response we hold, for what fails before that ends. */
const attached = hiddenSlot<Scope>();

function sessionFor(sessions: Sessions, req: object, res: unknown): Session {
  // Fastify's own objects have Node's as `raw`.
  const request = rawOf(req);
  const bound = boundSession(req) ?? boundSession(request);
  if (bound?.isOf(sessions)) return bound;
  const ambient = partOf(sessions, { orRival: true });
  if (ambient !== undefined) return ambient.session;
  const response = rawOf(res);
  if (!isNodeResponse(response) || !("socket" in request)) {
    // Other sessions, but nothing of ours could give the answer another cookie.
    const other = bound ?? openSession();
    if (other !== undefined) return other;
    throw noAdapter(response);
  }
  const { scope } = attach(
    sessions,
    request as IncomingMessage,
    response,
    (error) => {
      sessions.report(error);
      answerPlainly(response, error);
    },
    req,
  );
  attached.set(scope.session, scope.inner);
  return scope.session;
}

function openSession(): Session | undefined {
  const ambient = scopes.getStore();
  return ambient?.ended === false ? ambient.session : undefined;
}

function sessionIn(context: unknown): Session {
  const given = (context as Partial<TrpcContext> | null | undefined)?.session;
  if (typeof given?.restore === "function") return given;
  const ambient = scopes.getStore();
  if (ambient !== undefined) return ambient.session;
  throw new PersistError(
    "ERR_NO_SESSION",
    "This call has no session. Give tRPC's adapter createContext: persist.createContext, or spread what it returns into your own context.",
  );
}

/**
 * A call has failed to commit, and its error is the answer. The request's own scope would try the
 * same again at its end, and answer again; but its other changes must be kept.
 */
async function settleRequest(session: Session): Promise<void> {
  const ambient = scopes.getStore();
  const outer = ambient?.session === session ? ambient : attached.get(session);
  if (outer === undefined || outer.ended) return;
  await outer.commit().catch(() => outer.release());
}

function rawOf(value: unknown): object {
  const raw = (value as { raw?: unknown } | null | undefined)?.raw ?? value;
  return typeof raw === "object" && raw !== null ? raw : {};
}

function isNodeResponse(value: object): value is ServerResponse {
  return "writeHead" in value && "setHeader" in value;
}

function noAdapter(response: object): PersistError {
  const remedy =
    "send" in response
      ? 'Call persistSession(wss, persist.sessions) of "persist-session/ws" before applyWSSHandler().'
      : "Wrap the handler that calls fetchRequestHandler(): persist.fetch((request) => fetchRequestHandler({ … })).";
  return new PersistError(
    "ERR_NO_SESSION",
    `createContext() was called for a request that no adapter has seen, so nothing could give its answer the cookie. ${remedy}`,
  );
}
