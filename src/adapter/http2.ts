import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";

/**
 * Whether it is the response of Node's HTTP/2 server (its "compatibility API"), which has the
 * methods of HTTP/1's.
 */
export function isHttp2(response: object): response is Http2ServerResponse {
  return "createPushResponse" in response;
}

/** Whether nothing can be sent by it any more. */
export function isGone(response: ServerResponse): boolean {
  return isHttp2(response) ? response.stream.destroyed : response.destroyed;
}

/**
 * Ends an answer of which a part has left, so no client takes that part for a success: the
 * connection is cut, or of an HTTP/2 connection this one stream, which has to say that it failed
 * (without that, what has left would pass for the whole).
 */
export function cutOff(response: ServerResponse): void {
  if (isHttp2(response)) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}
