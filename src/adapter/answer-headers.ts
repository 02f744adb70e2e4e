import type { ServerResponse } from "node:http";
import { isHttp2 } from "./http2.ts";

// What described an answer that is not given after all. Headers of other concerns (CORS, security)
// stay.
const OF_THE_ANSWER =
  /^(?:content-.*|transfer-encoding|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie)$/i;

/**
 * Those of the names that only make sense with the answer they were set for, and not with the
 * failure that goes out instead.
 */
export function ofTheAnswer(names: Iterable<string>): string[] {
  return [...names].filter((name) => OF_THE_ANSWER.test(name));
}

/** Takes back an answer that is not given after all: what comes instead begins as a 500. */
export function takeBack(response: ServerResponse): void {
  for (const name of ofTheAnswer(response.getHeaderNames())) response.removeHeader(name);
  response.statusCode = 500;
  if (!isHttp2(response)) response.statusMessage = "";
}
