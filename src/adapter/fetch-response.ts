import type { RequestScope } from "./request-scope.ts";

/** The headers to add to a Response, and its body where that has to be watched. */
export interface FinishedResponse {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: ReadableStream<Uint8Array> | null | undefined;
}

/**
 * Commits what a handler has done, before its Response is given away. What it changes while its body is being read is
 * committed before the body's end; if that fails, the body fails with it.
 *
 * @returns headers to set, and the body to use instead; `undefined` where the Response stays as it is
 */
export async function finishResponse(
  scope: RequestScope,
  response: Response,
  report: (error: unknown) => void,
): Promise<FinishedResponse | undefined> {
  if (!scope.used) {
    // A body may still be streaming: its handler can restore a known session's state, but no cookie goes out any more.
    scope.headers(true);
    if (response.body === null) await scope.end();
    return response.body === null
      ? undefined
      : { headers: [], body: endWith(response.body, scope, report) };
  }
  try {
    await scope.commit();
  } catch (error) {
    await scope.end().catch(() => undefined);
    throw error;
  }
  const streams = response.body !== null;
  const due = scope.headers(streams);
  if (!streams) await scope.end();
  const present = response.headers.get("cache-control") ?? "";
  const headers: [string, string][] = [];
  if (due !== undefined) {
    headers.push(["set-cookie", due.cookie]);
    if (!present.includes("no-store")) headers.push(["cache-control", due.cacheControl]);
  }
  return {
    headers,
    body: response.body === null ? undefined : endWith(response.body, scope, report),
  };
}

/** The body, whose end waits for the scope's. */
function endWith(
  body: ReadableStream<Uint8Array>,
  scope: RequestScope,
  report: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await scope.enter(async () => await reader.read());
      if (!done) {
        controller.enqueue(value);
        return;
      }
      await scope.end();
      controller.close();
    },
    async cancel(reason) {
      // The client has gone: what was done is kept all the same.
      await reader.cancel(reason);
      await scope.end().catch(report);
    },
  });
}
