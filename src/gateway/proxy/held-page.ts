import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { UpstreamFailure } from "./retry.ts";
import { MAX_PAGE, recognizePage } from "./streamlit-page.ts";

/** An HTML answer, read far enough to know what it is. */
export type Held =
  | { readonly is: "page"; readonly page: Buffer }
  /** Of the app: these bytes, then whatever else the answer brings. */
  | { readonly is: "other"; readonly begun: readonly Buffer[]; readonly ended: boolean };

/** How much of a compressed answer is read before it is known what it is, in bytes. */
const MAX_COMPRESSED = 256 * 1024;
const OPTIONS = { maxOutputLength: MAX_PAGE } as const;

/** The content codings that a page can come in and still be known. Others are not asked for. */
const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gunzipSync(bytes, OPTIONS),
  "x-gzip": (bytes) => gunzipSync(bytes, OPTIONS),
  deflate: (bytes) => inflateSync(bytes, OPTIONS),
  br: (bytes) => brotliDecompressSync(bytes, OPTIONS),
};

/** An Accept-Encoding header without the codings that could not be read here. */
export function readableEncodings(accept: string): string {
  const kept = accept.split(",").filter((entry) => {
    const name = entry.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return Object.hasOwn(DECODERS, name) || name === "identity" || name === "*";
  });
  return kept.length === 0 ? "identity" : kept.map((entry) => entry.trim()).join(", ");
}

/** Whether an answer may be Streamlit's page, by its head: a file, whole, to be shown, in HTML. */
export function mayBePage({ statusCode, headers }: IncomingMessage): boolean {
  return (
    statusCode === 200 &&
    /^\s*text\/html\b/i.test(headers["content-type"] ?? "") &&
    !/^\s*attachment\b/i.test(headers["content-disposition"] ?? "") &&
    isFile(headers)
  );
}

/**
 * A page that is written as it is sent, without length and validators, is the app's: its pieces
 * must not wait here.
 */
function isFile(headers: IncomingHttpHeaders): boolean {
  return ["etag", "last-modified", "content-length"].some((name) => headers[name] !== undefined);
}

/**
 * Reads an HTML answer until it is known whose it is.
 *
 * @throws {UpstreamFailure} if it breaks off before that
 */
export async function holdPage(response: IncomingMessage): Promise<Held> {
  const coding = response.headers["content-encoding"]?.toLowerCase() ?? "identity";
  const decode = DECODERS[coding];
  if (coding !== "identity" && coding !== "" && decode === undefined)
    return { is: "other", begun: [], ended: false };
  const begun: Buffer[] = [];
  let size = 0;
  const judge = (ended: boolean): "page" | "other" | "unknown" => {
    if (decode !== undefined && !ended) return size > MAX_COMPRESSED ? "other" : "unknown";
    return recognizePage(plain(begun, decode).toString("latin1"), ended);
  };
  return await new Promise((resolve, reject) => {
    const stop = (): void => {
      response.off("data", onData).off("end", onEnd).off("error", onError).off("aborted", onError);
    };
    const onData = (chunk: Buffer): void => {
      begun.push(chunk);
      size += chunk.length;
      if (judge(false) !== "other") return;
      response.pause();
      stop();
      resolve({ is: "other", begun, ended: false });
    };
    const onEnd = (): void => {
      stop();
      if (judge(true) === "page") resolve({ is: "page", page: plain(begun, decode) });
      else resolve({ is: "other", begun, ended: true });
    };
    const onError = (error?: unknown): void => {
      stop();
      response.on("error", () => {});
      reject(new UpstreamFailure("failed", error));
    };
    response.on("data", onData).on("end", onEnd).on("error", onError).on("aborted", onError);
  });
}

function plain(chunks: readonly Buffer[], decode: ((bytes: Buffer) => Buffer) | undefined): Buffer {
  const bytes = Buffer.concat(chunks);
  if (decode === undefined) return bytes;
  try {
    return decode(bytes);
  } catch {
    // Too long, or damaged: reporting that is not our task.
    return Buffer.alloc(0);
  }
}
