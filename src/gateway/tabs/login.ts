import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import type { GatewayParts } from "../gateway-parts.ts";
import type { Exchange } from "../proxy/index.ts";

// The source of `st.user`: the signed login cookie, which Streamlit cuts into numbered pieces if it
// is long, and the cookie with the login's tokens, whose name has the same beginning.
const LOGIN_COOKIE = "_streamlit_user";

/**
 * A hash over who is signed in to Streamlit: its login cookies and the headers named in
 * `server.trustedUserHeaders`. Two requests with the same hash are the same person to Streamlit.
 *
 * @param trustedUserHeaders - in lower case
 * @param headers - as they go to Streamlit, so without headers that a client has no right to send
 */
export function identityOf(
  headers: OutgoingHttpHeaders,
  trustedUserHeaders: readonly string[],
): string {
  const named = trustedUserHeaders.map((name) => [name, headers[name] ?? null]);
  return hash([loginCookies(headers), named]);
}

/**
 * A hash over the login cookies alone, which all pages of a browser share; undefined if no one is
 * signed in by them.
 */
export function loginOf(headers: OutgoingHttpHeaders): string | undefined {
  const cookies = loginCookies(headers);
  return cookies.length === 0 ? undefined : hash(cookies);
}

/**
 * Who is signed in to Streamlit, as one text; null if no one is.
 * @param exchange - what the client sent: headers count only from those who may say them
 */
export function signedInAs(
  { sessions, trustedUserHeaders }: Pick<GatewayParts, "sessions" | "trustedUserHeaders">,
  { request }: Exchange,
): string | null {
  const isTrusted = sessions.trust.trusts(request.socket.remoteAddress);
  const named = (isTrusted ? trustedUserHeaders : [])
    .map((name) => [name, request.headers[name]])
    .filter(([, value]) => value !== undefined);
  const cookies = loginCookies(request.headers);
  return cookies.length + named.length === 0 ? null : JSON.stringify([cookies, named]);
}

function loginCookies(headers: OutgoingHttpHeaders): string[] {
  const text = String(headers["cookie"] ?? "");
  if (!text.includes(LOGIN_COOKIE)) return [];
  return text
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(LOGIN_COOKIE))
    .toSorted();
}

function hash(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64url");
}
