import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** Writes a Response to Node's: as fast as the client reads, until either side ends it. */
export async function nodeAnswer(answer: Response, response: ServerResponse): Promise<void> {
  const reader = answer.body?.getReader();
  const gone = new AbortController();
  const cancel = (): void => {
    gone.abort();
    reader?.cancel().catch(() => undefined);
  };
  response.once("close", cancel);
  try {
    // The client may have gone before there was an answer.
    if (response.destroyed || response.closed) return;
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for (;;) {
      if (reader === undefined) break;
      const { done, value } = await reader.read();
      if (done || response.destroyed) break;
      if (!response.write(value)) {
        await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
      }
    }
    if (!response.destroyed) response.end();
  } finally {
    response.removeListener("close", cancel);
    cancel();
  }
}
