import { bindSession, type RequestScope, scopes, type Sessions } from "../../sessions/index.ts";
import { finishResponse } from "../fetch/index.ts";
import { joinedScope, outerScope, partOf } from "../same-request.ts";
import { leaveWhereNarrowed } from "./cached.ts";
import { PRERENDER_HEADER, withoutSessions } from "./without-session.ts";

/** As much of an event of h3 2 as is needed. */
export interface H3NextEvent {
  /** The request. */
  readonly req: Request;
  /** The request's address. */
  readonly url: URL;
  /** What the answer gets besides what the handler gives. */
  readonly res: {
    readonly headers: Headers;
    /** Those of the answer to an error. */
    readonly errHeaders?: Headers;
    readonly status?: number | undefined;
    readonly statusText?: string | undefined;
  };
}

/** A middleware of h3 2. */
export interface H3Middleware {
  (event: H3NextEvent, next: () => unknown): Promise<unknown>;
}

/**
 * Runs the handlers after the middleware in the request's scope, and commits before h3 turns their
 * result into an answer. A failed commit is thrown, so h3 and Nitro answer it like any error.
 */
export async function runMiddleware(
  event: H3NextEvent,
  next: () => unknown,
  sessions: () => Sessions,
): Promise<unknown> {
  if (scopes.getStore()?.ended !== false && isPrerendered(event.req)) return await next();
  let made: Sessions;
  try {
    made = sessions();
  } catch (failure) {
    return await withoutSessions(failure, next);
  }
  const ambient = partOf(made, { orRival: true });
  if (ambient !== undefined) {
    bindSession(event, ambient.session);
    return await next();
  }
  return await handle(event, next, made);
}

async function handle(
  event: H3NextEvent,
  next: () => unknown,
  sessions: Sessions,
): Promise<unknown> {
  const { req } = event;
  const outer = outerScope(req, event);
  const joined = joinedScope(outer, sessions);
  if (joined !== undefined) return await joined.enter(next);
  const scope = sessions.fromRequest(req.headers, {
    request: event,
    remoteAddress: (req as { ip?: string }).ip,
    secure: event.url.protocol === "https:",
  });
  scope.within(outer, req);
  bindSession(req, scope.session);
  leaveWhereNarrowed(event);
  let value: unknown;
  try {
    value = await scope.enter(async () => await next());
    const streamed = asResponse(value, event.res);
    if (streamed !== undefined)
      return await finishResponse(scope, req, streamed, (error) => sessions.report(error));
    await scope.end();
  } catch (error) {
    await scope.end().catch((commitError: unknown) => {
      if (commitError !== error) sessions.report(commitError);
    });
    // What was stored nevertheless must be found again.
    setIfPossible(scope, event, sessions);
    throw error;
  }
  scope.setCookie(isFailure(value) ? errorHeaders(event) : event.res.headers);
  return value;
}

/** Nitro's own requests come through no server. */
function isPrerendered(req: Request): boolean {
  const { runtime } = req as { runtime?: { node?: unknown } };
  return runtime?.node === undefined && req.headers.has(PRERENDER_HEADER);
}

/**
 * Whether h3 makes an error's answer of it: an error that was returned, or a symbol for "not
 * found".
 */
function isFailure(value: unknown): boolean {
  return value instanceof Error || typeof value === "symbol";
}

function errorHeaders({ res }: H3NextEvent): Headers {
  return res.errHeaders ?? res.headers;
}

function setIfPossible(scope: RequestScope, event: H3NextEvent, sessions: Sessions): void {
  try {
    scope.setCookie(errorHeaders(event));
  } catch (error) {
    sessions.report(error);
  }
}

/**
 * The result of a route, if its body may go on after it has returned. h3 itself turns anything else
 * into an answer.
 */
function asResponse(value: unknown, prepared: H3NextEvent["res"]): Response | undefined {
  // The answer to an upgrade carries the hooks of the socket, which another Response would not
  // have.
  if (value instanceof Response) return "crossws" in value ? undefined : value;
  const { status, statusText = "" } = prepared;
  if (value instanceof ReadableStream)
    return new Response(value, { status: status ?? 200, statusText });
  const given = value as Partial<Response> | null | undefined;
  if (!(given?.body instanceof ReadableStream)) return undefined;
  return new Response(given.body, {
    status: given.status ?? status ?? 200,
    statusText: given.statusText ?? statusText,
    headers: new Headers(given.headers),
  });
}
