import type { OutgoingHttpHeaders } from "node:http";
import { type OriginClaims, ownOrigins } from "../identity/index.ts";
import type { Sessions } from "../sessions/index.ts";
import type { Exchange } from "./proxy/index.ts";

/**
 * Whether a POST comes from a page that may use the session. Browsers send Sec-Fetch-Site or Origin
 * with every POST; a POST without either does not come from one of our pages.
 */
export function isOwnPost(sessions: Sessions, exchange: Exchange): boolean {
  const page = sessions.pageOrigin(claimsOf(exchange));
  return page === "own" || page === "named";
}

/**
 * Whether a WebSocket may have the session of the cookie that it came with. A client that sends no
 * Origin is not a page in a browser, and has the cookie only if its owner gave it one.
 */
export function mayUseSession(sessions: Sessions, exchange: Exchange): boolean {
  const claims = claimsOf(exchange);
  if (sessions.pageOrigin(claims) !== "foreign") return true;
  sessions.foreignOrigins.tell(claims, "this one is a visitor without a cookie");
  return false;
}

/**
 * Removes everything that identifies the visitor from a request to Streamlit: another origin's page
 * must not act as the signed-in user, either.
 * @param trustedUserHeaders - in lower case
 */
export function withoutIdentity(
  headers: OutgoingHttpHeaders,
  trustedUserHeaders: readonly string[],
): void {
  for (const name of ["cookie", "authorization", ...trustedUserHeaders]) delete headers[name];
}

/**
 * Streamlit compares Origin with its own address. For a page that was accepted here, this overrides
 * that check: call it for no other page.
 */
export function vouchForOrigin(exchange: Exchange, headers: OutgoingHttpHeaders): void {
  const { origin } = exchange.request.headers;
  const origins = ownOrigins(exchange);
  const [own] = origins;
  if (own !== undefined && origin !== undefined && !origins.includes(origin))
    headers["origin"] = own;
}

/**
 * The origin of a page that is our own by what its browser says, though a proxy has rewritten Host
 * and the two cannot be compared. Undefined if they can, or if the browser says nothing.
 */
export function originBehindProxy(exchange: Exchange): string | undefined {
  const { origin, referer, "sec-fetch-site": site } = exchange.request.headers;
  if (site !== "same-origin") return undefined;
  // A GET of a page for its own origin has no Origin.
  const page = origin ?? (URL.canParse(referer ?? "") ? new URL(referer ?? "").origin : "null");
  return page === "null" || ownOrigins(exchange).includes(page) ? undefined : page;
}

function claimsOf({ request: { headers }, secure, host }: Exchange): OriginClaims {
  return { origin: headers.origin, site: headers["sec-fetch-site"], host, secure };
}
