import { PersistError } from "../../errors.ts";
import {
  cookieName,
  type CookieSettings,
  type KeyRing,
  readCookie,
  type VerifiedToken,
  verifyToken,
} from "../../identity/index.ts";

/**
 * The header that gives a client its token in the bearer mode, and an empty value if the session is
 * over.
 */
export const TOKEN_HEADER = "session-token";

/**
 * What bearer tokens are bound to instead of the cookie's name. No cookie can have this name, so
 * neither kind passes for the other: a cookie is out of reach for scripts, and must not become a
 * token that is not.
 */
export function bearerName(cookie: string): string {
  return `bearer ${cookie}`;
}

/** The token of an Authorization header; undefined if there is none, or it is of another scheme. */
function bearerToken(authorization: string | null | undefined): string | undefined {
  return /^bearer +(?<token>[^\s,]{1,4096}) *$/i.exec(authorization ?? "")?.groups?.["token"];
}

/** Finds the session of a bearer token. @throws PersistError `ERR_TOKEN_MISPLACED` */
export function presentBearer(
  ring: KeyRing,
  { name }: CookieSettings,
  authorization: string | null | undefined,
): VerifiedToken | "none" | "refused" {
  const token = bearerToken(authorization);
  if (token === undefined) return "none";
  const found = verifyToken(ring, bearerName(name), token);
  if (found !== undefined) return { id: found.id, current: found.current };
  if (verifyToken(ring, name, token) !== undefined) throw cookieAsBearer();
  return "refused";
}

/**
 * Refuses a bearer token that came as a cookie.
 * @param cookie - the Cookie header
 * @throws PersistError `ERR_TOKEN_MISPLACED`
 */
export function refuseBearerInCookie(
  ring: KeyRing,
  settings: CookieSettings,
  cookie: string | null | undefined,
): void {
  for (const secure of [false, true])
    for (const value of readCookie(cookie, cookieName(settings.name, secure, settings)))
      if (verifyToken(ring, bearerName(settings.name), value) !== undefined) throw bearerAsCookie();
}

/**
 * Refuses one of our tokens in the Authorization header if the app uses
 * cookies. @throws PersistError `ERR_TOKEN_MISPLACED`
 */
export function refuseBearer(
  ring: KeyRing,
  { name }: CookieSettings,
  authorization: string | null | undefined,
): void {
  const token = bearerToken(authorization);
  if (token === undefined) return;
  if (verifyToken(ring, name, token) !== undefined) throw cookieAsBearer();
  if (verifyToken(ring, bearerName(name), token) !== undefined) {
    throw new PersistError(
      "ERR_TOKEN_MISPLACED",
      "The request has a bearer token, and these routes take the session from a cookie. Call the routes whose sessions have the option bearer: true.",
    );
  }
}

/** The refusal of `fromCookie`. */
export function noCookies(): PersistError {
  return new PersistError(
    "ERR_OPTION_INVALID",
    "These sessions have the option bearer: true, so no cookie of theirs exists. Call sessions.fromRequest(headers, …).",
  );
}

function bearerAsCookie(): PersistError {
  return new PersistError(
    "ERR_TOKEN_MISPLACED",
    "A bearer token came in a cookie. It gets no session there. Send it as Authorization: Bearer <token>, to routes whose sessions have the " +
      "option bearer: true.",
  );
}

function cookieAsBearer(): PersistError {
  return new PersistError(
    "ERR_TOKEN_MISPLACED",
    "The value of a session cookie came as a bearer token. It gets no session there. A native app takes its token from the header " +
      `${TOKEN_HEADER} of an answer; a browser sends its cookie by itself.`,
  );
}
