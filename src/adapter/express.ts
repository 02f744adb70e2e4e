import { IncomingMessage, ServerResponse } from "node:http";
/** @ts-ignore -- without the framework there is no type of its requests */
// oxlint-disable-next-line typescript/ban-ts-comment -- as said: a declaration file cannot expect an error
import type { Request } from "express";
import type { GivenOptions, Sessions, SessionsOptions } from "../sessions/index.ts";
import {
  attach,
  type Attached,
  catchRejections,
  keepAsTable,
  passFailure,
  sessionsFrom,
} from "./node/index.ts";

export { healthHandler, type HealthHandler, type HealthOptions } from "./health.ts";
export type { Sessions, SessionsOptions };

/** Middleware for Express, connect and similar frameworks. */
export interface ExpressMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
  /** The sessions: close them at shutdown, listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * Sessions for Express: `app.use(persistSession())` before the routes. The answer leaves when the
 * commit is done. If the commit fails before that, the error goes to the app's error handlers. If
 * it fails later, the connection is cut.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import express from "express";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/express";
 *
 * class Visits {
 *   count = 0;
 * }
 * persist("visits", Visits);
 *
 * const app = express();
 * app.use(persistSession());
 * app.get("/", async (_request, response) => {
 *   const visits = await restore(Visits);
 *   visits.count++;
 *   response.send(`Visit ${visits.count}`);
 * });
 * app.listen(3000);
 * ```
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
    let attached: Attached;
    try {
      attached = attach(sessions, request, response, (error) =>
        passFailure(sessions, { request, response, held: attached.held }, error, next),
      );
    } catch (error) {
      // Not every kin of Express catches what a middleware throws.
      next(error);
      return;
    }
    attached.scope.enter(() => next());
  };
  return Object.assign(middleware, { sessions });
}
