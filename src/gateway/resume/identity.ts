import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";

// What `st.user` comes from: the signed login cookie, which Streamlit cuts into numbered pieces where it is long, and the
// cookie with the login's tokens, which begins with the same name.
const LOGIN_COOKIE = /^_streamlit_user/;

/**
 * A hash over who is signed in to Streamlit: its login cookies and the headers named in `server.trustedUserHeaders`. Two requests
 * with the same hash are the same person to Streamlit.
 *
 * @param trustedUserHeaders - in lower case
 * @param headers - as they go to Streamlit, so without headers that a client has no right to send
 */
export function identityOf(
  headers: OutgoingHttpHeaders,
  trustedUserHeaders: readonly string[],
): string {
  const cookies = String(headers["cookie"] ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => LOGIN_COOKIE.test(pair))
    .toSorted();
  const named = trustedUserHeaders.map((name) => [name, headers[name] ?? null]);
  return createHash("sha256")
    .update(JSON.stringify([cookies, named]))
    .digest("base64url");
}
