// `req.session` as express-session has it, for passport and for apps that come from there.
import type { IncomingMessage, ServerResponse } from "node:http";
import { persistSession } from "../adapter/express.ts";
import { type CheckedStore, currentSession, type Sessions } from "../sessions/index.ts";
import { type ExpressSessionOptions, sessionsOptions } from "./options.ts";
import { bindRequest, type SessionRequest, StoredSession } from "./stored-session.ts";

export type { ExpressSessionOptions } from "./options.ts";
export type { Done, SessionCookie } from "./stored-session.ts";

/**
 * The types of an app's own properties of `req.session`:
 * `declare module "persist-session/express-session" { interface SessionData { views: number } }`.
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- apps add to it
export interface SessionData {}

/** What `req.session` is. */
export type Session = StoredSession & Partial<SessionData>;

declare global {
  namespace Express {
    interface Request {
      session: Session;
      sessionID: string;
    }
  }
}

/** The middleware that `session()` gives. */
export interface ExpressSession {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
  /** The sessions: close them at shutdown, listen to events, share them with other adapters. */
  readonly sessions: Sessions;
}

/**
 * `req.session` for Express, in place of express-session: change the import, and take `store` out
 * or give it a URL. What stands in `req.session` is kept as attributes of a state: changes are
 * found at any depth, merged between requests, and stored before the response has ended.
 * `restore()` works beside it. A request whose session cannot be read goes to the app's error
 * handlers.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_SECRET_…`, `ERR_STORE_URL`
 * @example
 * ```ts
 * import express from "express";
 * import session from "persist-session/express-session";
 *
 * declare module "persist-session/express-session" {
 *   interface SessionData {
 *     views: number;
 *   }
 * }
 *
 * const app = express();
 * app.use(session());
 * app.get("/", (request, response) => {
 *   request.session.views = (request.session.views ?? 0) + 1;
 *   response.send(`View ${request.session.views}`);
 * });
 * app.listen(3000);
 * ```
 */
// oxlint-disable-next-line import/no-default-export -- what express-session has
export default function session<U extends string = string>(
  options?: ExpressSessionOptions<U> & CheckedStore<U>,
): ExpressSession {
  const persistent = persistSession(sessionsOptions(options ?? {}));
  const { sessions } = persistent;
  const middleware = (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): void => {
    const own = request as IncomingMessage & SessionRequest;
    // A second session() in the same app finds the first one's.
    if (own.session instanceof StoredSession) {
      next();
      return;
    }
    persistent(request, response, (error) => {
      if (error !== undefined) {
        next(error);
        return;
      }
      // oxlint-disable-next-line promise/no-callback-in-promise, promise/no-promise-in-callback -- Express speaks in callbacks
      begin(own, sessions.ttl).then(next, next);
    });
  };
  return Object.assign(middleware, { sessions });
}

/** Gives the request its session. What is not stored yet costs one read. */
async function begin(request: SessionRequest, ttl: number): Promise<void> {
  const current = currentSession();
  bindRequest(current, request, ttl);
  request.session = await current.restore(StoredSession);
  request.sessionID = current.id;
}
