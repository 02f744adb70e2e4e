import { PersistError } from "../errors.ts";
import { cookieName, type CookieSettings } from "./cookie-options.ts";
import type { KeyRing } from "./key-ring.ts";
import { readCookie, unquoted } from "./cookie-values.ts";
import { isTokenShaped, type VerifiedToken, verifyToken } from "./token.ts";

/**
 * The maximum number of tokens of one request that are verified. Each costs a MAC per key; a
 * browser keeps some 180 cookies of a site, so none of its requests has more.
 */
const MAX_TOKENS = 256;

// RFC 6265bis "cookie-octet": printable ASCII without space, quotes, comma, semicolon and
// backslash.
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** A token found in a request: the session it names, and the token itself. */
export interface FoundToken extends VerifiedToken {
  readonly token: string;
}

/**
 * The first value in a Cookie header that is a token of ours. Over HTTPS only the `__Host-` cookie
 * is read (if the settings allow the prefix): a plain one could have been planted by a sibling
 * subdomain. Never throws.
 *
 * @param secure - whether the browser came over HTTPS
 */
export function findToken(
  ring: KeyRing,
  header: unknown,
  secure: boolean,
  settings: CookieSettings,
): FoundToken | undefined {
  const { found } = searchToken(ring, header, secure, settings);
  return found;
}

/** What a Cookie header has of ours. */
export interface TokenSearch {
  readonly found: FoundToken | undefined;
  /** Whether there are cookies of our name, whatever is in them. */
  readonly offered: boolean;
  /**
   * There are more tokens than are verified, so the visitor's own may be among them: a new cookie
   * would take its place.
   */
  readonly unread: boolean;
}

/** The same, with what else can be said about the header. */
export function searchToken(
  ring: KeyRing,
  header: unknown,
  secure: boolean,
  settings: CookieSettings,
): TokenSearch {
  const seen = new Set<string>();
  let offered = false;
  for (const value of readCookie(header, cookieName(settings.name, secure, settings))) {
    offered = true;
    const token = unquoted(value);
    if (!isTokenShaped(token) || seen.has(token)) continue;
    if (seen.size >= MAX_TOKENS) return { found: undefined, offered, unread: true };
    const verified = verifyToken(ring, settings.name, token);
    if (verified !== undefined) return { found: { ...verified, token }, offered, unread: false };
    seen.add(token);
  }
  return { found: undefined, offered, unread: false };
}

/**
 * Makes the Set-Cookie value that gives the browser its token.
 *
 * @param ttl - how long the browser keeps it, in milliseconds
 * @param secure - whether the browser came over HTTPS
 * @throws `ERR_OPTION_INVALID` if `sameSite` is "none" or `partitioned` is set and the request came
 *   without HTTPS: browsers silently drop such a cookie, and the state would be lost
 */
export function setCookie(
  token: string,
  ttl: number,
  secure: boolean,
  settings: CookieSettings,
): string {
  if (!VALUE.test(token)) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "The cookie's value must be a token made by signToken().",
    );
  }
  if (!Number.isFinite(ttl) || ttl <= 0) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "The cookie's ttl must be a number of milliseconds above zero.",
    );
  }
  return serialize(token, `Max-Age=${Math.max(1, Math.floor(ttl / 1000))}`, secure, settings);
}

/** Makes the Set-Cookie value that deletes the browser's token. Throws as `setCookie` does. */
export function deleteCookie(secure: boolean, settings: CookieSettings): string {
  return serialize("", "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", secure, settings);
}

function serialize(
  value: string,
  lifetime: string,
  secure: boolean,
  settings: CookieSettings,
): string {
  if (!secure && (settings.sameSite === "None" || settings.partitioned)) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      'cookie.sameSite "none" (--same-site) and cookie.partitioned (--partitioned) need HTTPS, and this request came without it: the ' +
        "browser would drop the cookie. Serve over HTTPS; behind a proxy that does, name the proxy in trustProxy (--trust-proxy).",
    );
  }
  const { name, domain, path, sameSite, partitioned } = settings;
  const parts = [`${cookieName(name, secure, settings)}=${value}`, lifetime, `Path=${path}`];
  if (domain !== undefined) parts.push(`Domain=${domain}`);
  parts.push("HttpOnly", `SameSite=${sameSite}`);
  if (secure) parts.push("Secure");
  if (partitioned) parts.push("Partitioned");
  return parts.join("; ");
}
