import type { IncomingMessage } from "node:http";

/** A ticket or two. */
const LONGEST = 8192;

/** The request's body as text; undefined where it is longer than any of ours. */
export async function readSmallBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
