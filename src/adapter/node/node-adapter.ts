import type { IncomingMessage, ServerResponse } from "node:http";
import { isEncrypted } from "../../identity/index.ts";
import {
  createSessions,
  type RequestScope,
  Sessions,
  type SessionsOptions,
} from "../../sessions/index.ts";
import { BareResponse, isWhole } from "./bare-response.ts";
import { HeldResponse } from "./held-response.ts";
import { scopeEvents } from "../scoped-events.ts";

/**
 * A request on its way: the scope to run the handler in, and the response that waits for its
 * commit.
 */
export interface Attached {
  readonly scope: RequestScope;
  readonly held: Pick<HeldResponse, "fail" | "commitFirst" | "begun">;
}

/** Sessions from an adapter's argument: made from options, or shared with other adapters. */
export function sessionsFrom(options: SessionsOptions | Sessions | undefined): Sessions {
  return options instanceof Sessions ? options : createSessions(options);
}

/**
 * Gives one of Node's requests its session. `answerFailure` answers if the commit failed before
 * anything had left.
 * @param appRequest - what the app knows as the request, if that is not Node's
 */
export function attach(
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
  answerFailure: (error: unknown) => void,
  appRequest: object = request,
): Attached {
  const scope = sessions.fromRequest(request.headers, {
    request: appRequest,
    remoteAddress: request.socket.remoteAddress,
    secure: isEncrypted(request.socket),
  });
  const report = (error: unknown): void => sessions.report(error);
  scopeEvents(request, scope.inner);
  if (!isWhole(response))
    return { scope, held: new BareResponse(request, response, scope, report) };
  const held = new HeldResponse(response, scope, answerFailure, report);
  scopeEvents(response, scope.inner);
  return { scope, held };
}

/** The plainest answer to a failure: status 500 and the error's code, if it is one of ours. */
export function answerPlainly(response: ServerResponse, error: unknown): void {
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  response.statusCode = 500;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  response.end(`Internal Server Error${code}\n`);
}
