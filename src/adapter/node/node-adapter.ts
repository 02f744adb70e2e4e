import type { IncomingMessage, ServerResponse } from "node:http";
import { isEncrypted } from "../../identity/index.ts";
import {
  type AnswerHold,
  bindSession,
  createSessions,
  type RequestScope,
  Sessions,
  type SessionsOptions,
} from "../../sessions/index.ts";
import { BareResponse, isWhole } from "./bare-response.ts";
import { HeldResponse } from "./held-response.ts";
import { joinedScope, outerScope } from "../same-request.ts";
import { scopeEvents } from "../scoped-events.ts";

/**
 * A request on its way: the scope to run the handler in, and the response that waits for its
 * commit.
 */
export interface Attached {
  readonly scope: RequestScope;
  readonly held: AnswerHold;
}

/** Sessions from an adapter's argument: made from options, or shared with other adapters. */
export function sessionsFrom(options: SessionsOptions | Sessions | undefined): Sessions {
  return options instanceof Sessions ? options : createSessions(options);
}

/**
 * Gives one of Node's requests its session. `answerFailure` answers if the commit failed before
 * anything had left. A request that an adapter of the same sessions has already keeps that one's
 * scope, and its answer waits there.
 * @param appRequest - what the app knows as the request, if that is not Node's
 * @throws PersistError `ERR_OPTION_INVALID` if other sessions have taken the cookie's name
 */
export function attach(
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
  answerFailure: (error: unknown) => void,
  appRequest: object = request,
): Attached {
  const outer = outerScope(request, request);
  const joined = joinedScope(outer, sessions);
  if (joined !== undefined) {
    if (appRequest !== request) bindSession(appRequest, joined.session);
    return { scope: joined, held: joined.hold ?? holdOf(joined, answerFailure) };
  }
  const scope = sessions.fromRequest(request.headers, {
    request: appRequest,
    remoteAddress: request.socket.remoteAddress,
    secure: isEncrypted(request.socket),
  });
  scope.within(outer, request);
  if (appRequest !== request) bindSession(request, scope.session);
  const report = (error: unknown): void => sessions.report(error);
  scopeEvents(request, scope.inner);
  let held: AnswerHold;
  if (isWhole(response)) {
    held = new HeldResponse(response, scope, answerFailure, report);
    scopeEvents(response, scope.inner);
  } else held = new BareResponse(request, response, scope, report);
  scope.hold = held;
  return { scope, held };
}

/** If an adapter for no answers of Node's stands before: an app's own, by `fromRequest`. */
function holdOf(scope: RequestScope, fail: (error: unknown) => void): AnswerHold {
  return { begun: false, fail, commitFirst: async () => await scope.commit() };
}

/** The plainest answer to a failure: status 500 and the error's code, if it is one of ours. */
export function answerPlainly(response: ServerResponse, error: unknown): void {
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  response.statusCode = 500;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  response.end(`Internal Server Error${code}\n`);
}
