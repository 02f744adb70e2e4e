import type { IncomingMessage, ServerResponse } from "node:http";
import type { GivenOptions, Sessions, SessionsOptions } from "../sessions/index.ts";
import { cutOff } from "./http2.ts";
import { answerPlainly, attach, type Attached, sessionsFrom } from "./node/index.ts";

export { healthHandler, type HealthHandler, type HealthOptions } from "./health.ts";
export type { Sessions, SessionsOptions };

/** Middleware for node:http: runs `handler` with the request's session. */
export interface HttpMiddleware {
  (request: IncomingMessage, response: ServerResponse, handler: () => unknown): void;
  /** The sessions: close them at shutdown, listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for node:http and anything else that calls `(request, response, next)`. The answer
 * leaves when the commit is done; if the commit or the handler fails before that, the answer is a
 * 500; if it fails later, the connection is cut.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/http";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const withSession = persistSession();
 * createServer((request, response) => {
 *   withSession(request, response, async () => {
 *     const visits = await restore(Visits);
 *     visits.count++;
 *     response.end(`Visit ${visits.count}`);
 *   });
 * }).listen(3000);
 * ```
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<IncomingMessage, U> | Sessions,
): HttpMiddleware {
  const sessions = sessionsFrom(options);
  const middleware = (
    request: IncomingMessage,
    response: ServerResponse,
    handler: () => unknown,
  ): void => {
    const fail = (error: unknown): void => {
      sessions.report(error);
      if (response.headersSent) cutOff(response);
      else answerPlainly(response, error);
    };
    let attached: Attached;
    try {
      attached = attach(sessions, request, response, fail);
    } catch (error) {
      fail(error);
      return;
    }
    const { scope, held } = attached;
    scope.enter(async () => await handler()).catch((error: unknown) => held.fail(error));
  };
  return Object.assign(middleware, { sessions });
}
