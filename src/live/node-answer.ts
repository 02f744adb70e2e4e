import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** Writes a Response to Node's: as fast as the client reads, until either side ends it. */
export async function nodeAnswer(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  const reader = answer.body?.getReader();
  if (reader === undefined) {
    response.end();
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  gone.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
  for (;;) {
    const { done, value } = await reader.read();
    if (done || response.destroyed) break;
    if (!response.write(value)) {
      await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
    }
  }
  if (!response.destroyed) response.end();
}
