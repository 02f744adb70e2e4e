import type { VerifiedToken } from "./token.ts";

/** How many headers are remembered; each is some hundred bytes. */
const MOST = 10_000;
/** Longer headers, with many other cookies, are read anew each time. */
const LONGEST = 1024;

/**
 * Cookie headers whose token has been verified already, so that a browser that comes again costs no MAC. Only whole headers
 * that held are kept, and they are looked up as a whole: whoever sends another one is verified.
 */
export class SeenCookies {
  readonly #tokens = new Map<string, VerifiedToken>();

  get(header: string): VerifiedToken | undefined {
    return this.#tokens.get(header);
  }

  add(header: string, token: VerifiedToken): void {
    if (header.length > LONGEST) return;
    // Forgetting all of them now and then is as good as forgetting the oldest, and costs nothing on each look.
    if (this.#tokens.size >= MOST) this.#tokens.clear();
    this.#tokens.set(header, token);
  }
}
