import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";

/**
 * Writes a Response to Node's: as fast as the client reads, until either side ends it.
 *
 * @param hijack - tells the framework first
 */
export async function nodeAnswer(
  answer: Response,
  response: ServerResponse,
  hijack: (() => void) | undefined,
): Promise<void> {
  const reader = answer.body?.getReader();
  const gone = new AbortController();
  const cancel = (): void => {
    gone.abort();
    reader?.cancel().catch(() => undefined);
  };
  const stream = http2Stream(response);
  response.once("close", cancel);
  // It would stay if the page has not read all.
  const destroy = (): void => void stream?.destroy();
  stream?.once("aborted", destroy);
  try {
    hijack?.();
    // The client may have gone before there was an answer.
    if (isGone(response)) return;
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for (;;) {
      if (reader === undefined) break;
      const { done, value } = await reader.read();
      if (done || isGone(response)) break;
      if (!response.write(value)) {
        await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
      }
    }
    if (!isGone(response)) response.end();
  } finally {
    response.removeListener("close", cancel);
    stream?.removeListener("aborted", destroy);
    cancel();
  }
}

/** Whether nothing can be sent any more. Of HTTP/2, only the stream says it. */
function isGone(response: ServerResponse): boolean {
  return (http2Stream(response) ?? response).closed || response.destroyed;
}

function http2Stream(response: ServerResponse): ServerHttp2Stream | undefined {
  return (response as { readonly stream?: ServerHttp2Stream }).stream;
}
