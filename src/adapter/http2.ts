import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";

/**
 * Whether it is the response of Node's HTTP/2 server (its "compatibility API"), which has the
 * methods of HTTP/1's.
 */
export function isHttp2(response: object): response is Http2ServerResponse {
  return "createPushResponse" in response;
}

/** Whether it can no longer send anything. */
export function isGone(response: ServerResponse): boolean {
  return isHttp2(response) ? response.stream.destroyed : response.destroyed;
}

/**
 * Ends an answer that was sent in part, so that no client takes that part for a success. The
 * connection is cut; on HTTP/2 only this stream, which must say that it failed (otherwise the part
 * would look like the whole answer).
 */
export function cutOff(response: ServerResponse): void {
  if (isHttp2(response)) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}
