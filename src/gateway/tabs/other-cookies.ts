import { createHash } from "node:crypto";

/**
 * Streamlit's own token, and cookies of web analytics, which change by themselves and have nothing
 * to do with a login.
 */
const NO_LOGIN =
  /^(?:_streamlit_xsrf|_xsrf|_ga(?:$|_)|_gid$|_gat|_gcl_|_fbp$|_pk_|_hj|ajs_|amplitude_|AMP_)/;

/**
 * A hash over all cookies by which an app could know who is signed in. Python knows better which
 * ones those are, but a page that joins a run does not come by there: so a join requires that no
 * cookie was added, removed or changed.
 *
 * @param header - without our own cookie
 */
export function otherCookies(header: string | undefined): string {
  const pairs = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "" && !NO_LOGIN.test(pair.split("=", 1)[0] ?? ""));
  return createHash("sha256").update(JSON.stringify(pairs.toSorted())).digest("base64url");
}
