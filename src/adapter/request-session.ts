import { isForeignSocket } from "./socket-origin.ts";
import { PersistError } from "../errors.ts";
import {
  deleteCookie,
  forwarded,
  type HeaderSource,
  searchToken,
  setCookie,
  type VerifiedToken,
} from "../identity/index.ts";
import {
  bindSession,
  type CookieAction,
  type Identity,
  type Session,
  type Sessions,
  type SessionSource,
} from "../sessions/index.ts";

/** What every adapter knows of a request. */
export interface RequestInfo {
  /** The adapter's own request object, for `identify` and `sessionOf`. */
  readonly request: object;
  readonly headers: HeaderSource;
  readonly cookie: string | null | undefined;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/** A request's session, which costs nothing until it is used, and the cookie it needs. */
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
    const header = this.#info.cookie;
    if (header === undefined || header === null) return "none";
    if (isForeignSocket(this.#sessions, this.#info, "this one began without a session"))
      return "refused";
    const seen = this.#secure ? this.#sessions.seenSecure : this.#sessions.seenPlain;
    const known = seen.get(header);
    if (known !== undefined) return known;
    const { ring, cookie } = this.#sessions;
    const { found, offered, unread } = searchToken(ring, header, this.#secure, cookie);
    if (unread) throw unreadable();
    if (found === undefined) return offered ? "refused" : "none";
    seen.add(header, { id: found.id, current: found.current });
    return found;
  }

  identify(): Identity {
    return this.#sessions.identify?.(this.#info.request);
  }

  /** The value of the Set-Cookie header for what is to be done with the cookie. */
  cookie(action: CookieAction): string {
    const { cookie } = this.#sessions;
    const { id, token } = this.session;
    return action === "set"
      ? setCookie(token, this.#sessions.cookieLife(id), this.#secure, cookie)
      : deleteCookie(this.#secure, cookie);
  }

  get #secure(): boolean {
    return (this.#isSecure ??= this.#lookSecure());
  }

  #lookSecure(): boolean {
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
