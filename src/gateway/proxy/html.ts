import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline, Transform, type TransformCallback } from "node:stream";
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  gzipSync,
} from "node:zlib";
import type { Answer } from "./ask.ts";
import { decoderFor, wholeBody } from "./decode.ts";
import { bestEncoding, type Encoding } from "./encodings.ts";
import { HeadFinder } from "./head-finder.ts";
import { addVary } from "./headers.ts";
import type { HtmlChange } from "./hooks.ts";
import { settleUpload, writeHead } from "./pass-on.ts";

/** What is true only of the page as Streamlit sent it: with one of these a browser would keep a page of yesterday. */
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

/** How far into a page its head is looked for, in bytes. A page that is no longer is changed as a whole. */
const FAR_ENOUGH = 64 * 1024;
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5 };

/**
 * Passes a page on with the change made to it, compressed where the client takes that.
 *
 * @throws {UpstreamFailure} where a short one breaks off; the client's breaks off with a long one
 */
export async function passOnHtml(
  answer: Answer,
  to: ServerResponse,
  headers: OutgoingHttpHeaders,
  { head, headers: added }: HtmlChange,
): Promise<void> {
  const { response } = answer;
  const decoder = decoderFor(response);
  const length = Number(response.headers["content-length"]);
  if (decoder === undefined) {
    to.destroy();
    return;
  }
  for (const name of OF_THE_ORIGINAL) delete headers[name];
  delete headers["trailer"];
  mergeHeaders(headers, added);
  const encoding = bestEncoding(to.req.headers["accept-encoding"], ["br", "gzip"]);
  addVary(headers, "Accept-Encoding");
  const empty = to.req.method === "HEAD" || response.statusCode === 304;
  if (encoding !== undefined && !empty) headers["content-encoding"] = encoding;
  if (!empty && decoder.length === 0 && length <= FAR_ENOUGH) {
    // Streamlit's own page is such a one. In one piece it is there sooner than by way of streams and threads.
    const page = compressed(withHead(await wholeBody(response, FAR_ENOUGH), head), encoding);
    headers["content-length"] = page.length;
    writeHead(answer, to, headers);
    to.end(page);
    return;
  }
  writeHead(answer, to, headers);
  settleUpload(answer, to);
  const steps = [response, ...decoder, new HeadWriter(head), ...encoderFor(encoding), to];
  if (empty) {
    response.resume();
    to.end();
  } else pipeline(steps, () => {});
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

/** Flushed after each write: a page that comes in pieces arrives in pieces. */
function encoderFor(encoding: Encoding | undefined): Transform[] {
  if (encoding === "gzip") return [createGzip({ flush: constants.Z_SYNC_FLUSH })];
  if (encoding === undefined) return [];
  return [createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH, params: BROTLI })];
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

/** Puts text right after the opening tag of the head; where there is none, the page stays as it is. */
class HeadWriter extends Transform {
  readonly #text: string;
  readonly #finder = new HeadFinder();
  #left: number;

  constructor(text: string) {
    super();
    this.#text = text;
    this.#left = text === "" ? 0 : FAR_ENOUGH;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#left <= 0) return done(null, chunk);
    const place = this.#finder.push(chunk.subarray(0, this.#left));
    this.#left = place === undefined ? this.#left - chunk.length : 0;
    if (typeof place !== "number") return done(null, chunk);
    this.push(chunk.subarray(0, place));
    this.push(this.#text);
    done(null, chunk.subarray(place));
  }
}
