import type { ServerResponse } from "node:http";

/** Whether Node takes it as (a piece of) a body, or as the callback in its place. */
export function isBody(chunk: unknown): boolean {
  return (
    chunk == null ||
    typeof chunk === "string" ||
    typeof chunk === "function" ||
    chunk instanceof Uint8Array
  );
}

/** How much of a body is still to come, where the headers say how long it is. */
export class BodyPieces {
  #missing: number;

  constructor(response: ServerResponse) {
    this.#missing = Number(response.getHeader("content-length") ?? Infinity);
  }

  /** Counts a piece. @returns whether it is the last one */
  isLast(chunk: unknown, encoding: unknown): boolean {
    if (this.#missing === Infinity) return false;
    this.#missing -= sizeOf(chunk, encoding);
    return this.#missing <= 0;
  }
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk !== "string") return (chunk as Uint8Array | undefined)?.byteLength ?? 0;
  return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as "utf8") : undefined);
}
