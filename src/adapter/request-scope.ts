import { findToken, readCookie, deleteCookie, setCookie } from "../session/cookie.ts";
import { cookieName } from "../session/cookie-options.ts";
import { forwarded, type HeaderSource } from "../session/proxy.ts";
import type { Sessions } from "../sessions.ts";
import { scopes } from "../sessions/ambient.ts";
import type { Scope } from "../sessions/scope.ts";
import { bindSession } from "../sessions/session-of.ts";
import type { Session } from "../sessions/session.ts";

/** What every adapter knows of a request. */
export interface RequestInfo {
  /** The adapter's own request object, for `identify` and `sessionOf`. */
  readonly request: object;
  readonly headers: HeaderSource;
  readonly cookie: string | null | undefined;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/** One request as a scope: what all adapters do the same way, whatever their framework. Costs nothing until a session is used. */
export class RequestScope {
  readonly session: Session;
  readonly #sessions: Sessions;
  readonly #scope: Scope;
  readonly #secure: () => boolean;

  constructor(sessions: Sessions, info: RequestInfo) {
    const { ring, cookie, trust, identify } = sessions;
    let secure: boolean | undefined;
    this.#secure = () =>
      (secure ??= trust.trusts(info.remoteAddress)
        ? forwarded(info.headers, info.remoteAddress, info.encrypted, trust).secure
        : info.encrypted);
    this.#sessions = sessions;
    this.session = sessions.request({
      present: () => {
        if (info.cookie === undefined || info.cookie === null) return "none";
        const found = findToken(ring, info.cookie, this.#secure(), cookie);
        if (found !== undefined) return found;
        return readCookie(info.cookie, cookieName(cookie.name, this.#secure(), cookie)).length > 0
          ? "refused"
          : "none";
      },
      identify: identify === undefined ? undefined : () => identify(info.request),
    });
    bindSession(info.request, this.session);
    this.#scope = this.session.begin();
  }

  /** Runs the handler with this session as the ambient one. */
  enter<T>(handler: () => T): T {
    return scopes.run(this.#scope, handler);
  }

  /** Whether a state or the session has been used, so that there may be something to commit and a cookie to set. */
  get used(): boolean {
    return this.#scope.live !== undefined;
  }

  /** Whether `end` was called. */
  get ended(): boolean {
    return this.#scope.ended;
  }

  /** Writes what has changed so far. */
  async commit(): Promise<void> {
    await this.#scope.live?.commit(this.#scope);
  }

  /** Commits and lets go of the states. */
  async end(): Promise<void> {
    await this.#scope.end();
  }

  /**
   * The headers that the response needs for the session, or none. To be called once, when they leave.
   * @param early - they leave before the scope's end
   */
  headers(early: boolean): { readonly cookie: string; readonly cacheControl: string } | undefined {
    const action = this.session.cookieAction(early);
    const cookie = action === undefined ? undefined : this.#cookie(action);
    if (early && this.used) this.session.seal(action === "set");
    else if (early) this.session.seal(false);
    // RFC 9111, 5.2.2: no shared cache may keep it, and none may give it out without asking.
    return cookie === undefined ? undefined : { cookie, cacheControl: "private, no-cache" };
  }

  #cookie(action: "set" | "delete"): string {
    const { cookie, ttl } = this.#sessions;
    const secure = this.#secure();
    return action === "set"
      ? setCookie(this.session.token, ttl, secure, cookie)
      : deleteCookie(secure, cookie);
  }
}
