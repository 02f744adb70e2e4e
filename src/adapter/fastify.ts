import type { IncomingMessage, ServerResponse } from "node:http";
/** @ts-ignore -- without the framework there is no type of its requests */
// oxlint-disable-next-line typescript/ban-ts-comment -- as said: a declaration file cannot expect an error
import type { FastifyRequest } from "fastify";
import { hiddenSlot } from "../hidden-slot.ts";
import { type GivenOptions, type Sessions, type SessionsOptions } from "../sessions/index.ts";
import { ofTheAnswer } from "./answer-headers.ts";
import { answerPlainly, attach, type HeldResponse, sessionsFrom } from "./node/index.ts";
import { type HealthOptions, healthAnswer, healthPath, sendHealth } from "./health.ts";

export type { HealthOptions, Sessions, SessionsOptions };

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): object;
  removeHeader(name: string): unknown;
}

/** The part of a Fastify instance that the plugin uses. */
export interface FastifyLike {
  /** Adds a hook for a request's beginning, before its answer, or for the server's end. */
  addHook(
    name: "onRequest",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
  addHook(
    name: "onSend",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<void>,
  ): unknown;
  addHook(name: "onClose", hook: () => Promise<void>): unknown;
}

/** A Fastify plugin that applies to all routes, wherever it is registered. */
export interface FastifyPlugin {
  (fastify: FastifyLike, options: unknown, done: () => void): void;
  /**
   * The sessions: listen to events, share them with other adapters. Closed with the server if made
   * here.
   */
  readonly sessions: Sessions;
}

/**
 * Sessions for Fastify: `await app.register(persistSession())` before the routes. The answer leaves
 * when the commit is done. A commit that fails before that goes to the app's error handler. If it
 * fails later, the connection is cut.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import fastify from "fastify";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/fastify";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const app = fastify();
 * await app.register(persistSession());
 * app.get("/", async () => {
 *   const visits = await restore(Visits);
 *   visits.count++;
 *   return `Visit ${visits.count}`;
 * });
 * await app.listen({ port: 3000 });
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<FastifyRequest, U> | Sessions,
): FastifyPlugin {
  const sessions = sessionsFrom(options);
  const held = hiddenSlot<Pick<HeldResponse, "commitFirst">>();
  const plugin = (fastify: FastifyLike, _options: unknown, done: () => void): void => {
    fastify.addHook("onRequest", (request, reply, next) => {
      const answerFailure = (error: unknown): void => {
        sessions.report(error);
        answerPlainly(reply.raw, error);
      };
      const made = attach(sessions, request.raw, reply.raw, answerFailure, request);
      held.set(reply.raw, made.held);
      made.scope.enter(next);
    });
    // A stream or a hijacked reply may change something later: for these the response itself waits
    // at its end.
    fastify.addHook("onSend", async (_request, reply) => {
      try {
        await held.get(reply.raw)?.commitFirst();
      } catch (error) {
        for (const name of ofTheAnswer(Object.keys(reply.getHeaders()))) reply.removeHeader(name);
        throw error;
      }
    });
    if (sessions !== options) fastify.addHook("onClose", async () => await sessions.close());
    done();
  };
  return Object.assign(plugin, {
    sessions,
    // Fastify's own convention for a plugin whose hooks belong to its parent, and for its name.
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "persist-session",
  });
}

/**
 * The answers for a balancer, `/_persist/health` and `/_persist/ready`, as a plugin:
 * `await app.register(healthHandler(sessions))`. They need no session and set no cookie.
 *
 * @example
 * ```ts
 * import fastify from "fastify";
 * import { healthHandler, persistSession } from "persist-session/fastify";
 *
 * const persist = persistSession();
 * const app = fastify();
 * await app.register(healthHandler(persist.sessions)); // GET /_persist/health and /_persist/ready
 * await app.register(persist);
 * app.get("/", () => "hello");
 * await app.listen({ port: 3000 });
 * ```
 */
export function healthHandler(
  sessions: Sessions,
  options?: HealthOptions,
): (fastify: FastifyLike, options: unknown, done: () => void) => void {
  const plugin = (fastify: FastifyLike, _options: unknown, done: () => void): void => {
    fastify.addHook("onRequest", (request, reply, next) => {
      const { raw } = request;
      if (healthPath(raw.url, options?.path) === undefined) return next();
      reply.hijack();
      healthAnswer(sessions, raw, options)
        .then((found) => found !== undefined && sendHealth(raw, reply.raw, found))
        .catch((error: unknown) => answerPlainly(reply.raw, error));
    });
    done();
  };
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "persist-session health",
  });
}
