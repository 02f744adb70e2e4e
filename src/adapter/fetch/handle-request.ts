import type { RequestScope, Sessions } from "../../sessions/index.ts";
import { finishResponse } from "./response.ts";

/** What a framework knows of a request besides its own object. */
export interface FetchRequest {
  readonly request: Request;
  /** What `identify` gets and `sessionOf` takes. Default: the request. */
  readonly appRequest?: object;
  readonly remoteAddress?: string | undefined;
  readonly secure: boolean;
}

/**
 * Gives a fetch-style request its session, runs the handler in its scope, and finishes the
 * Response.
 */
export async function handleRequest(
  sessions: Sessions,
  { request, appRequest = request, remoteAddress, secure }: FetchRequest,
  handler: () => Response | Promise<Response>,
): Promise<Response> {
  const scope = sessions.fromRequest(request.headers, {
    request: appRequest,
    remoteAddress,
    secure,
  });
  // All of it at once: a body that is read ahead may run code of the handler's.
  return await scope.enter(async () => {
    const response = await enterOrEnd(scope, sessions, handler);
    return await finishResponse(scope, request, response, (error) => sessions.report(error));
  });
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
