import type { IncomingMessage } from "node:http";

/** A ticket or two, in bytes. */
const MAX_BODY = 8192;

/**
 * Why there is no body: it is longer than any of ours, did not come in time, or the client has gone
 * in the middle of it.
 */
export type NoBody = "too long" | "late" | "gone";

/**
 * The request's body as text. If it is too long, the rest is read and dropped, so that the client
 * sees the answer.
 *
 * @param deadline - for all of it, in milliseconds
 */
export async function readSmallBody(
  request: IncomingMessage,
  deadline: number,
): Promise<{ readonly text: string } | NoBody> {
  return await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (outcome: { readonly text: string } | NoBody): void => {
      clearTimeout(timer);
      request.off("data", take);
      // Without a listener the stream would stop, and the connection with it.
      request.resume();
      resolve(outcome);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > MAX_BODY) finish("too long");
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => finish("late"), deadline);
    request.on("data", take);
    request.on("error", () => finish("gone"));
    request.once("close", () => finish("gone"));
    request.once("end", () => finish({ text: Buffer.concat(chunks, length).toString("utf8") }));
  });
}
