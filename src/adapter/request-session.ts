import { deleteCookie, findToken, readCookie, setCookie } from "../session/cookie.ts";
import { cookieName } from "../session/cookie-options.ts";
import { forwarded, type HeaderSource } from "../session/proxy.ts";
import type { Sessions } from "../sessions.ts";
import type { CookieAction } from "../sessions/cookie-action.ts";
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

/** A request's session, which costs nothing until it is used, and the cookie it needs. */
export interface RequestSession {
  readonly session: Session;
  /** The value of the Set-Cookie header for what is to be done with the cookie. */
  readonly cookie: (action: CookieAction) => string;
}

/** Finds the session of a request by its cookie, and binds it to the request for `sessionOf`. */
export function requestSession(sessions: Sessions, info: RequestInfo): RequestSession {
  const { ring, cookie: settings, trust, identify, ttl } = sessions;
  let known: boolean | undefined;
  const secure = (): boolean =>
    (known ??= trust.trusts(info.remoteAddress)
      ? forwarded(info.headers, info.remoteAddress, info.encrypted, trust).secure
      : info.encrypted);
  const session = sessions.request({
    present: () => {
      if (info.cookie === undefined || info.cookie === null) return "none";
      const found = findToken(ring, info.cookie, secure(), settings);
      if (found !== undefined) return found;
      const name = cookieName(settings.name, secure(), settings);
      return readCookie(info.cookie, name).length > 0 ? "refused" : "none";
    },
    identify: identify === undefined ? undefined : () => identify(info.request),
  });
  bindSession(info.request, session);
  return {
    session,
    cookie: (action) =>
      action === "set"
        ? setCookie(session.token, ttl, secure(), settings)
        : deleteCookie(secure(), settings),
  };
}
