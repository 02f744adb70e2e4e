import type { ServerResponse } from "node:http";

/**
 * Whether Node takes the arguments of `write` for a piece of a body. For other arguments it throws
 * before it sends anything.
 */
export function isPiece([chunk, encoding]: readonly unknown[]): boolean {
  if (chunk instanceof Uint8Array) return true;
  return typeof chunk === "string" && (!encoding || isEncoding(encoding));
}

/** Whether Node takes the arguments of `end` for the last piece, or for none. */
export function isEnd(args: readonly unknown[]): boolean {
  const [chunk] = args;
  return !chunk || typeof chunk === "function" || isPiece(args);
}

function isEncoding(encoding: unknown): boolean {
  // A callback may stand in its place.
  return typeof encoding === "function" || Buffer.isEncoding(encoding as string);
}

/** How much of a body is still missing, if the headers give its length. */
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
