import { hiddenSlot } from "../../hidden-slot.ts";
import {
  bindSession,
  boundSession,
  RequestScope,
  type Session,
  type Sessions,
} from "../../sessions/index.ts";
import { joinedScope, outerScope } from "../same-request.ts";
import { finishResponse } from "./response.ts";

/** What a framework knows of a request besides its own object. */
export interface FetchRequest {
  readonly request: Request;
  /** What `identify` gets and `sessionOf` takes. Default: the request. */
  readonly appRequest?: object;
  readonly remoteAddress?: string | undefined;
  readonly secure: boolean;
  /**
   * What the framework keeps of a request though it makes other objects of it, or answers it anew:
   * for a rewrite, for its error page. Default: nothing.
   */
  readonly thread?: object | undefined;
}

const threads = hiddenSlot<Session>();

/**
 * Gives a fetch-style request its session, runs the handler in its scope, and finishes the
 * Response. If an adapter of the same sessions stands before, the Response is finished there.
 *
 * @throws PersistError `ERR_OPTION_INVALID` if other sessions have taken the cookie's name
 */
export async function handleRequest(
  sessions: Sessions,
  asked: FetchRequest,
  handler: () => Response | Promise<Response>,
): Promise<Response> {
  const { request, appRequest = request, thread } = asked;
  const followed = thread === undefined ? undefined : threads.get(thread);
  if (followed !== undefined && boundSession(appRequest) === undefined)
    bindSession(appRequest, followed);
  const outer = outerScope(request, appRequest === request ? undefined : appRequest);
  const joined = joinedScope(outer, sessions);
  if (joined !== undefined) {
    bindSession(request, joined.session);
    bindSession(appRequest, joined.session);
    return await joined.enter(handler);
  }
  const scope = againScope(sessions, asked) ?? firstScope(sessions, asked);
  scope.within(outer, request);
  if (thread !== undefined) threads.set(thread, scope.session);
  // All of it at once: a body that is read ahead may run code of the handler's.
  return await scope.enter(async () => {
    const response = await enterOrEnd(scope, sessions, handler);
    return await finishResponse(scope, request, response, (error) => sessions.report(error));
  });
}

function firstScope(
  sessions: Sessions,
  { request, appRequest = request, remoteAddress, secure }: FetchRequest,
): RequestScope {
  const asked = { request: appRequest, remoteAddress, secure };
  const scope = sessions.fromRequest(request.headers, asked);
  if (appRequest !== request) bindSession(request, scope.session);
  return scope;
}

/**
 * For a request that has come before. If it could not be answered then, since its handler threw,
 * the session goes on: a new id that a login has given it is told to the browser by this answer.
 */
export function againScope(
  sessions: Sessions,
  {
    request,
    appRequest = request,
    thread,
  }: Pick<FetchRequest, "request" | "appRequest" | "thread">,
): RequestScope | undefined {
  const [one, other] = [boundSession(appRequest), boundSession(request)];
  const earlier = (one && endedScope(one, sessions)) ?? (other && endedScope(other, sessions));
  // An app may hand an equal request in twice. Only a framework's own pass is known to be another.
  if (earlier === undefined || (earlier.answered && thread === undefined)) return undefined;
  const scope = new RequestScope(sessions, earlier);
  bindSession(appRequest, scope.session);
  return scope;
}

function endedScope({ request }: Session, sessions: Sessions): RequestScope | undefined {
  for (let at = request; at !== undefined; at = at.outer) {
    const last = at.session.request ?? at;
    if (last.session.isOf(sessions)) return last.inner.ended ? last : undefined;
  }
  return undefined;
}

/** If a handler throws, its changes are committed too; there is no rollback. */
export async function enterOrEnd<T>(
  scope: RequestScope,
  sessions: Sessions,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await scope.enter(work);
  } catch (error) {
    await scope.end().catch((commitError: unknown) => sessions.report(commitError));
    throw error;
  }
}
