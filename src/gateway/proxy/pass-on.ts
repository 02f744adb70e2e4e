import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Answer } from "./ask.ts";
import { passedOn } from "./headers.ts";

/** The headers of Streamlit's answer for the client. */
export function answerHeaders({ response }: Answer): OutgoingHttpHeaders {
  return passedOn(response);
}

/** Writes status and headers. */
export function writeHead(
  { response }: Answer,
  to: ServerResponse,
  headers: OutgoingHttpHeaders,
): void {
  // A client that waits for permission to send a body, and gets an answer instead, may or may not
  // send it.
  if (to.req.headers.expect !== undefined && !to.req.complete) headers["connection"] = "close";
  // Trailers need chunks: an older client gets none, and some answers have no body at all.
  const status = response.statusCode ?? 502;
  if (to.req.httpVersion !== "1.1" || to.req.method === "HEAD" || status === 204 || status === 304)
    delete headers["trailer"];
  to.writeHead(status, response.statusMessage ?? "", headers);
}

/**
 * Passes Streamlit's answer on as it is, as fast as the client takes it. If it breaks off, so does
 * the client's.
 *
 * @param begun - what of its body has been read already
 */
export function passOn(
  answer: Answer,
  to: ServerResponse,
  headers: OutgoingHttpHeaders,
  begun: readonly Buffer[] = [],
): void {
  const { response } = answer;
  writeHead(answer, to, headers);
  for (const chunk of begun) to.write(chunk);
  response.once("error", () => to.destroy());
  const end = (): void => {
    if (headers["trailer"] !== undefined && to.chunkedEncoding) to.addTrailers(response.trailers);
    to.end();
  };
  if (response.readableEnded) return end();
  response.once("end", end);
  settleUpload(answer, to);
  response.pipe(to, { end: false });
  // The first event of a stream may come late. Its headers must not wait for it.
  setImmediate(() => {
    if (!to.writableEnded && !to.destroyed) to.flushHeaders();
  });
}

/**
 * After the full answer, reads and discards the rest of the upload, so the client can read the
 * answer.
 */
function settleUpload({ request, response }: Answer, to: ServerResponse): void {
  response.once("end", () => {
    if (request.writableFinished) return;
    to.req.unpipe(request);
    to.req.resume();
    request.destroy();
  });
}
