import type { IncomingMessage } from "node:http";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { UpstreamFailure } from "./retry.ts";

/** The transforms that decode an answer: none for plain bytes; undefined for an unknown coding. */
function decoderFor(response: IncomingMessage): Transform[] | undefined {
  switch (response.headers["content-encoding"]?.toLowerCase() ?? "") {
    case "":
    case "identity":
      return [];
    case "gzip":
    case "x-gzip":
      return [createGunzip()];
    case "br":
      return [createBrotliDecompress()];
    case "deflate":
      return [createInflate()];
    default:
      return undefined;
  }
}

/**
 * Reads the plain bytes of an answer. @throws if it breaks off, cannot be decoded, or is longer
 * than `limit` bytes
 */
export async function plainBody(response: IncomingMessage, limit: number): Promise<Buffer> {
  const [decoder] = decoderFor(response) ?? [];
  const chunks: Buffer[] = [];
  let size = 0;
  response.once("error", (error) => decoder?.destroy(error));
  for await (const chunk of decoder === undefined ? response : response.pipe(decoder)) {
    size += (chunk as Buffer).length;
    if (size > limit) {
      response.destroy();
      throw new RangeError("the answer is too long");
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks, size);
}

/** Like `plainBody`, but fails as the proxy does. @throws {UpstreamFailure} */
export async function wholeBody(response: IncomingMessage, limit: number): Promise<Buffer> {
  try {
    return await plainBody(response, limit);
  } catch (error) {
    throw new UpstreamFailure("failed", error);
  }
}
