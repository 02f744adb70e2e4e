import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Answer } from "./ask.ts";
import { bestEncoding, type Encoding } from "./encodings.ts";
import { HeadFinder } from "./head-finder.ts";
import { addVary } from "./headers.ts";
import type { HtmlChange } from "./hooks.ts";
import { writeHead } from "./pass-on.ts";

/**
 * Headers that are valid only for the page as Streamlit sent it. With one of these, a browser could
 * keep showing an outdated page.
 */
const OF_THE_ORIGINAL = [
  "content-length",
  "content-encoding",
  "content-md5",
  "content-digest",
  "repr-digest",
  "accept-ranges",
  "etag",
  "last-modified",
] as const;

const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5 };

/**
 * Passes Streamlit's page on with the change made to it, compressed if the client takes that.
 *
 * @param page - its plain bytes; undefined in an answer to HEAD
 */
export function passOnHtml(
  answer: Answer,
  to: ServerResponse,
  headers: OutgoingHttpHeaders,
  page: Buffer | undefined,
  { head, headers: added, refuse }: HtmlChange,
): void {
  if (refuse !== undefined) {
    to.writeHead(refuse, { "cache-control": "no-store", "content-length": 0 });
    to.end();
    return;
  }
  for (const name of OF_THE_ORIGINAL) delete headers[name];
  delete headers["trailer"];
  mergeHeaders(headers, added);
  addVary(headers, "Accept-Encoding");
  if (page === undefined) {
    writeHead(answer, to, headers);
    to.end();
    return;
  }
  // Compressing in one piece is faster than through streams and threads.
  const encoding = bestEncoding(to.req.headers["accept-encoding"], ["br", "gzip"]);
  const body = compressed(withHead(page, head), encoding);
  if (encoding !== undefined) headers["content-encoding"] = encoding;
  headers["content-length"] = body.length;
  writeHead(answer, to, headers);
  to.end(body);
}

function mergeHeaders(headers: OutgoingHttpHeaders, added: OutgoingHttpHeaders | undefined): void {
  for (const [key, value] of Object.entries(added ?? {})) {
    const name = key.toLowerCase();
    const before = headers[name];
    if (name === "set-cookie" && before !== undefined)
      headers[name] = [before, value ?? []].flat().map(String);
    else headers[name] = value;
  }
}

function compressed(page: Buffer, encoding: Encoding | undefined): Buffer {
  if (encoding === undefined) return page;
  return encoding === "gzip" ? gzipSync(page) : brotliCompressSync(page, { params: BROTLI });
}

function withHead(page: Buffer, text: string): Buffer {
  const place = new HeadFinder().push(page);
  if (typeof place !== "number") return page;
  return Buffer.concat([page.subarray(0, place), Buffer.from(text), page.subarray(place)]);
}
