import { PersistError } from "../errors.ts";
import { cookieName, type CookieSettings } from "./cookie-options.ts";
import type { KeyRing } from "./key-ring.ts";
import { type VerifiedToken, verifyToken } from "./token.ts";

/** Longest Cookie header that is read, in characters (Node's own default bound on all headers together is the same). */
const LONGEST_HEADER = 16_384;
/** Most values of one name that are looked at. Each costs a MAC per key. */
const MOST_CANDIDATES = 8;

// RFC 6265bis "cookie-octet": printable ASCII without space, quotes, comma, semicolon and backslash.
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** A token found in a request: the session it names, and the token itself. */
export interface FoundToken extends VerifiedToken {
  readonly token: string;
}

/**
 * The values of one name in a Cookie header (RFC 6265bis), in their order and at most 8: a browser sends one for each path
 * and domain that it knows. Names are compared exactly, values are taken as they are (no unquoting, no percent-decoding).
 * A header of more than 16,384 characters, or that is no string, has none.
 */
export function readCookie(header: unknown, name: string): string[] {
  const values: string[] = [];
  if (typeof header !== "string" || header.length > LONGEST_HEADER) return values;
  for (let start = 0; start < header.length && values.length < MOST_CANDIDATES;) {
    const semicolon = header.indexOf(";", start);
    const end = semicolon === -1 ? header.length : semicolon;
    const pair = header.slice(start, end);
    const equals = pair.indexOf("=");
    if (equals !== -1 && trim(pair.slice(0, equals)) === name)
      values.push(trim(pair.slice(equals + 1)));
    start = end + 1;
  }
  return values;
}

/**
 * The first value in a Cookie header that is a token of ours. Over HTTPS only the `__Host-` cookie is looked at (where
 * the settings allow the prefix): a plain one could have been planted by a sibling subdomain. Never throws.
 *
 * @param secure - whether the browser came over HTTPS
 */
export function findToken(
  ring: KeyRing,
  header: unknown,
  secure: boolean,
  settings: CookieSettings,
): FoundToken | undefined {
  for (const token of readCookie(header, cookieName(settings.name, secure, settings))) {
    const verified = verifyToken(ring, settings.name, token);
    if (verified !== undefined) return { ...verified, token };
  }
  return undefined;
}

/**
 * The Set-Cookie value that gives the browser its token.
 *
 * @param ttl - how long the browser keeps it, in milliseconds
 * @param secure - whether the browser came over HTTPS
 * @throws `ERR_OPTION_INVALID` where `sameSite: "none"` or `partitioned` meets a request without HTTPS: browsers
 *   drop such a cookie, so state would be lost without a word
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

/** The Set-Cookie value that makes the browser forget its token. Throws as `setCookie` does. */
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

// Only space and tab are white space in a header; String.prototype.trim() would take much more. A loop, because the
// obvious pattern takes quadratic time on a long run of spaces.
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
