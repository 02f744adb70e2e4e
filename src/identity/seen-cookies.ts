import type { VerifiedToken } from "./token.ts";

/** How many headers are remembered; each is some hundred bytes. */
const MAX_REMEMBERED = 10_000;
/** Longer headers, with many other cookies, are parsed each time. */
const MAX_LENGTH = 1024;

/**
 * Remembers Cookie headers whose token has been verified, so a returning browser costs no MAC.
 * Keeps only whole headers that were valid and compares them as a whole: any other header is
 * verified.
 */
export class SeenCookies {
  readonly #tokens = new Map<string, VerifiedToken>();

  get(header: string): VerifiedToken | undefined {
    return this.#tokens.get(header);
  }

  add(header: string, token: VerifiedToken): void {
    if (header.length > MAX_LENGTH) return;
    // Forgetting all of them now and then is as good as forgetting the oldest, and costs nothing on
    // each lookup.
    if (this.#tokens.size >= MAX_REMEMBERED) this.#tokens.clear();
    this.#tokens.set(header, token);
  }
}
