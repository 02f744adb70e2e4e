import { IncomingMessage, ServerResponse } from "node:http";
/** @ts-ignore -- without the framework there is no type of its requests */
// oxlint-disable-next-line typescript/ban-ts-comment -- as said: a declaration file cannot expect an error
import type { Request } from "express";
import type { GivenOptions, Sessions, SessionsOptions } from "../sessions/index.ts";
import { attach, catchRejections, keepAsTable, passFailure, sessionsFrom } from "./node/index.ts";

export { healthHandler, type HealthHandler, type HealthOptions } from "./health.ts";
export type { Sessions, SessionsOptions };

/** Middleware for Express, connect and their kin. */
export interface ExpressMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
  /** To close at the end, to listen to events, to share with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for Express: `app.use(persistSession())` before the routes. The answer leaves when the commit is done; where the
 * commit fails before that, the error goes to the app's error handlers instead; after it the connection is cut.
 */
export function persistSession<U extends string = string>(
  options?: GivenOptions<Request, U> | Sessions,
): ExpressMiddleware {
  const sessions = sessionsFrom(options);
  const middleware = (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): void => {
    keepAsTable(request, "complete", IncomingMessage.prototype);
    keepAsTable(response, "sendDate", ServerResponse.prototype);
    catchRejections(request);
    const { scope, held } = attach(sessions, request, response, (error) =>
      passFailure(sessions, { request, response, held }, error, next),
    );
    scope.enter(() => next());
  };
  return Object.assign(middleware, { sessions });
}
