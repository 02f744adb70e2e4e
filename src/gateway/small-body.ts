import type { IncomingMessage } from "node:http";

/** A ticket or two. */
const LONGEST = 8192;

/** The request's body as text, or why there is none: it is longer than any of ours, or the client has gone in the middle of it. */
export async function readSmallBody(
  request: IncomingMessage,
): Promise<{ readonly text: string } | "too long" | "gone"> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > LONGEST) return "too long";
      chunks.push(chunk);
    }
  } catch (error) {
    if (!request.complete) return "gone";
    throw error;
  }
  return { text: Buffer.concat(chunks).toString("utf8") };
}
