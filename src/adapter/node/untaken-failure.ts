import type { IncomingMessage, ServerResponse } from "node:http";
import type { Sessions } from "../../sessions/index.ts";
import type { HeldResponse } from "./held-response.ts";
import { isGone } from "../http2.ts";
import { answerPlainly } from "./node-adapter.ts";

/** Milliseconds in which the error handlers of a router have to begin with their answer. */
const ROUTER_WAIT = 10_000;

/**
 * Hands the failure of a commit to `next`, and sends the error response itself if no error handler
 * does. `next` has been called once already: a router (Express, connect) goes on to its error
 * handlers, but if a promise stands behind it (koa-connect) that has settled, and the client would
 * wait for ever.
 */
export function passFailure(
  sessions: Sessions,
  { request, response, held }: Answering,
  error: unknown,
  next: (error: unknown) => void,
): void {
  next(error);
  const answer = (): void => {
    if (held.begun || isGone(response)) return;
    sessions.report(error);
    answerPlainly(response, error);
  };
  // Express and connect set it on each request; their error handlers may take their time.
  if ("originalUrl" in request) setTimeout(answer, ROUTER_WAIT).unref();
  else answer();
}

interface Answering {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly held: Pick<HeldResponse, "begun">;
}
