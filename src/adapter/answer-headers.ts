import type { ServerResponse } from "node:http";
import { isHttp2 } from "./http2.ts";

// What described an answer that is not given after all. Headers of other concerns (CORS, security) stay.
const OF_THE_ANSWER =
  /^(?:content-.*|transfer-encoding|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie)$/i;

/** Those of the names that only make sense with the answer they were set for, and not with the failure that goes out instead. */
export function ofTheAnswer(names: Iterable<string>): string[] {
  return [...names].filter((name) => OF_THE_ANSWER.test(name));
}

/** Whether the app has said that nobody may keep the answer; ours would say less (RFC 9111, 5.2.2.5). */
export function isNoStore(cacheControl: unknown): boolean {
  return typeof cacheControl === "string" && /\bno-store\b/i.test(cacheControl);
}

/** Takes back an answer that is not given after all: what comes instead begins as a 500. */
export function takeBack(response: ServerResponse): void {
  for (const name of ofTheAnswer(response.getHeaderNames())) response.removeHeader(name);
  response.statusCode = 500;
  if (!isHttp2(response)) response.statusMessage = "";
}

/** Adds the session's cookie to those of the app, and says to caches that the answer is this browser's. */
export function addCookie(
  response: ServerResponse,
  { cookie, cacheControl }: { readonly cookie: string; readonly cacheControl: string },
): void {
  response.appendHeader("set-cookie", cookie);
  if (!isNoStore(response.getHeader("cache-control")))
    response.setHeader("cache-control", cacheControl);
}
