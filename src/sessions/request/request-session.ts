import { PersistError } from "../../errors.ts";
import {
  deleteCookie,
  forwarded,
  type HeaderSource,
  searchToken,
  setCookie,
  type VerifiedToken,
} from "../../identity/index.ts";
import type { CookieAction } from "../live/index.ts";
import type { Identity } from "../records/index.ts";
import type { SessionSource } from "../session-entry.ts";
import { bindSession } from "../session-of.ts";
import type { Session } from "../session.ts";
import type { Sessions } from "../sessions.ts";
import { presentBearer, refuseBearer, refuseBearerInCookie, TOKEN_HEADER } from "./bearer.ts";
import { headerOf, isForeignSocket } from "./socket-origin.ts";

/** What an adapter says about a request besides its headers. */
export interface RequestOptions {
  /**
   * Whether the browser came over HTTPS: then the cookie is `Secure` and has the prefix `__Host-`.
   * Default false.
   */
  readonly secure?: boolean | undefined;
  /**
   * The framework's own request: `identify` gets it, and `sessionOf` takes it. Default: an object
   * without content.
   */
  readonly request?: object | undefined;
  /**
   * The address of the direct peer, for `trustProxy`. Default: unknown, so that forwarded headers
   * do not count.
   */
  readonly remoteAddress?: string | undefined;
}

/** What every adapter knows of a request. */
export interface RequestInfo {
  /** The adapter's own request object, for `identify` and `sessionOf`. */
  readonly request: object;
  readonly headers: HeaderSource;
  readonly cookie: string | null | undefined;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/** A request's session, which costs nothing until it is used, and the cookie or token it needs. */
export class RequestSession implements SessionSource {
  readonly session: Session;
  readonly #sessions: Sessions;
  readonly #info: RequestInfo;
  #isSecure: boolean | undefined;

  /** Finds the session by the request's cookie, and binds it to the request for `sessionOf`. */
  constructor(sessions: Sessions, info: RequestInfo) {
    this.#sessions = sessions;
    this.#info = info;
    this.session = sessions.request(this);
    bindSession(info.request, this.session);
  }

  present(): VerifiedToken | "none" | "refused" {
    return this.#sessions.bearer ? this.#presentBearer() : this.#presentCookie();
  }

  identify(): Identity {
    return this.#sessions.identified?.(this.#info.request);
  }

  /** The header that sets or ends the cookie, or gives the token. */
  header(action: CookieAction): { readonly name: string; readonly value: string } {
    const { cookie, bearer } = this.#sessions;
    const { id, token } = this.session;
    if (bearer) return { name: TOKEN_HEADER, value: action === "set" ? token : "" };
    const value =
      action === "set"
        ? setCookie(token, this.#sessions.cookieLife(id), this.#secure, cookie)
        : deleteCookie(this.#secure, cookie);
    return { name: "set-cookie", value };
  }

  #presentCookie(): VerifiedToken | "none" | "refused" {
    const { ring, cookie } = this.#sessions;
    const header = this.#info.cookie;
    if (header === undefined || header === null) {
      refuseBearer(ring, cookie, this.#authorization);
      return "none";
    }
    if (isForeignSocket(this.#sessions, this.#info, "this one began without a session"))
      return "refused";
    const seen = this.#secure ? this.#sessions.seenSecure : this.#sessions.seenPlain;
    const known = seen.get(header);
    if (known !== undefined) return known;
    const { found, offered, unread } = searchToken(ring, header, this.#secure, cookie);
    if (unread) throw unreadable();
    if (found === undefined) {
      if (offered) refuseBearerInCookie(ring, cookie, header);
      refuseBearer(ring, cookie, this.#authorization);
      return offered ? "refused" : "none";
    }
    seen.add(header, { id: found.id, current: found.current });
    return found;
  }

  #presentBearer(): VerifiedToken | "none" | "refused" {
    const { ring, cookie } = this.#sessions;
    const found = presentBearer(ring, cookie, this.#authorization);
    if (found === "none") refuseBearerInCookie(ring, cookie, this.#info.cookie);
    return found;
  }

  get #authorization(): string | undefined {
    return headerOf(this.#info.headers, "authorization");
  }

  get #secure(): boolean {
    return (this.#isSecure ??= this.#detectSecure());
  }

  #detectSecure(): boolean {
    const { headers, remoteAddress, encrypted } = this.#info;
    const { trust } = this.#sessions;
    return trust.trusts(remoteAddress)
      ? forwarded(headers, remoteAddress, encrypted, trust).secure
      : encrypted;
  }
}

function unreadable(): PersistError {
  return new PersistError(
    "ERR_COOKIE_UNREADABLE",
    "The request has so many session cookies that they were not all read. It gets no session, since a new cookie would take the place of " +
      "the visitor's own. Have the browser delete this site's cookies.",
  );
}
