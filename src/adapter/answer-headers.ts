import type { ServerResponse } from "node:http";
import { isHttp2 } from "./http2.ts";

// Headers that describe an answer which is not sent after all. Headers of other concerns (CORS,
// security) stay.
const OF_THE_ANSWER =
  /^(?:content-.*|transfer-encoding|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie)$/i;

/**
 * The names whose headers only make sense with the answer they were set for, not with the failure
 * that is sent instead.
 */
export function ofTheAnswer(names: Iterable<string>): string[] {
  return [...names].filter((name) => OF_THE_ANSWER.test(name));
}

/** Takes back an answer that is not sent after all; its replacement starts as a 500. */
export function takeBack(response: ServerResponse): void {
  for (const name of ofTheAnswer(response.getHeaderNames())) response.removeHeader(name);
  response.statusCode = 500;
  if (!isHttp2(response)) response.statusMessage = "";
}
