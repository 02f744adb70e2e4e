import { dropOldest } from "../../drop-oldest.ts";
import { searchToken } from "../../identity/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import type { Exchange } from "../proxy/index.ts";
import { otherCookies } from "./other-cookies.ts";
import { withoutOwnCookie } from "./own-cookie.ts";

/**
 * How many browsers' cookies, and how many Streamlit sessions, are remembered; each is some hundred
 * bytes.
 */
const MAX_KNOWN = 10_000;

/**
 * Requests for files, which are many. A path-bound cookie of a component would also make these
 * differ from the page's own.
 */
const FILES = /^\/(?:static|component|media|_stcore)\//;

/** The cookies of a request, as far as they may be logins. */
export interface SeenCookies {
  readonly hash: string;
  /** Where the request stands among all changes. */
  readonly at: number;
}

/**
 * Whether the cookies by which an app may know who is signed in have stayed the same since
 * Streamlit was last asked for a session. A login that came and went leaves the cookies as they
 * were at first, but what the page shows since then may be for that person alone. Only a new
 * connection asks Python who is signed in, so a page may join a run only if nothing has changed
 * meanwhile, as far as can be known. What was forgotten counts as changed.
 */
export class CookieChanges {
  /** By session: the cookies of the last request, and when they became these. */
  readonly #seen = new Map<string, SeenCookies>();
  /** By Streamlit's session: the cookies that it was given for. */
  readonly #asked = new Map<string, SeenCookies>();
  #clock = 0;

  /** A request of this session came with these cookies. */
  see(session: string, hash: string): SeenCookies {
    const before = this.#seen.get(session);
    this.#seen.delete(session);
    this.#seen.set(session, before?.hash === hash ? before : { hash, at: ++this.#clock });
    dropOldest(this.#seen, MAX_KNOWN);
    return { hash, at: this.#clock };
  }

  /** Streamlit gave a new page its session, knowing these cookies. */
  asked(streamlit: string, cookies: SeenCookies): void {
    this.#asked.delete(streamlit);
    this.#asked.set(streamlit, cookies);
    dropOldest(this.#asked, MAX_KNOWN);
  }

  /** Its page may have changed the cookies. */
  doubt(streamlit: string): void {
    this.#asked.delete(streamlit);
  }

  /**
   * Whether a new page of this session with these cookies would be told the same by Streamlit. Call
   * after `see`.
   */
  isSame(streamlit: string, session: string, { hash }: SeenCookies): boolean {
    const asked = this.#asked.get(streamlit);
    const seen = this.#seen.get(session);
    if (asked === undefined || seen === undefined) return false;
    return asked.hash === hash && seen.hash === hash && seen.at <= asked.at;
  }
}

/** A hash over the cookies of a request that may be logins. */
export function cookiesOf({ sessions }: GatewayParts, { request }: Exchange): string {
  return otherCookies(withoutOwnCookie(request.headers.cookie, sessions.cookie));
}

/**
 * Notes the cookies of a request that opens no WebSocket: a page, a POST, what an app answers
 * itself.
 */
export function noteCookies(parts: GatewayParts, exchange: Exchange): void {
  const { request, secure, path } = exchange;
  const { ring, cookie } = parts.sessions;
  const isNoted = parts.resume && parts.runs.isOn && request.headers.cookie !== undefined;
  if (!isNoted || FILES.test(path)) return;
  const { found } = searchToken(ring, request.headers.cookie, secure, cookie);
  if (found !== undefined) parts.cookieChanges.see(found.id, cookiesOf(parts, exchange));
}
