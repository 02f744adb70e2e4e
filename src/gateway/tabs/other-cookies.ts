import { createHash } from "node:crypto";

/**
 * Cookies that change by themselves and have nothing to do with a login: Streamlit's own token, and
 * those of web analytics, load balancers, CDNs and bot protection. Most names must be exact:
 * `AWSELB` is a load balancer's cookie, and `AWSELBAuthSessionCookie-0` is a login.
 */
const NO_LOGIN: readonly RegExp[] = [
  // Streamlit
  /^(?:_streamlit_xsrf|_xsrf)/,
  // Web analytics and advertisements
  /^(?:_ga(?:$|_)|_gid$|_gat|_gcl_|__ga?ds$|__gpi$|_fbp$|_pk_|_hj|ajs_|amplitude_|AMP_)/,
  /^(?:_cl(?:ck|sk)|_uet[sv]id|_dd_s|mp_[0-9a-f]{32}_mixpanel)$/,
  // AWS: load balancers and firewall
  /^AWSALB(?:CORS|TG|TGCORS|APP-\d{1,2})?$/,
  /^(?:AWSELB(?:CORS)?|aws-waf-token)$/,
  // Azure, Google, Heroku, HAProxy, nginx, F5
  /^(?:ARRAffinity(?:SameSite)?|ApplicationGatewayAffinity(?:CORS)?|ASLBSA(?:CORS)?)$/,
  /^(?:GCLB|GCILB|heroku-session-affinity|SERVERID|INGRESSCOOKIE)$/,
  /^(?:BIGipServer|TS[0-9a-f]{8}(?:_\d{1,4})?$)/,
  // Cloudflare; its login is `CF_Authorization`
  /^(?:__cf_bm$|_cfuvid$|__cflb$|__cfruid$|__cfseq(?:$|-)|__cfwaitingroup|cf_clearance$|cf_chl_)/,
  // Akamai, Imperva, DataDome, HUMAN
  /^(?:_abck|ak_bmsc|bm_(?:sz|sv|mi|so|s|lso|ss))$/,
  /^(?:incap_ses_|visid_incap_|nlbi_|reese84$|___utmvc$)/,
  /^(?:datadome|_px(?:\d|hd|vid)?|pxcts)$/,
];

/** Browsers keep fewer for one site. More are not looked at one by one, which would take long. */
const MAX_COOKIES = 200;

/** The cookies of a request by which an app could know who is signed in, sorted. */
function pairsOf(header = ""): string[] {
  const pairs = header.split(";");
  if (pairs.length > MAX_COOKIES) return [`=${header}`];
  return pairs
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "" && !isNoLogin(nameOf(pair)))
    .toSorted();
}

function isNoLogin(name: string): boolean {
  return NO_LOGIN.some((pattern) => pattern.test(name));
}

function nameOf(pair: string): string {
  return pair.split("=", 1)[0] ?? "";
}

/**
 * A hash over all cookies by which an app could know who is signed in. Python knows better which
 * ones those are, but a page that joins a run does not come by there: so a join requires that no
 * cookie was added, removed or changed.
 *
 * @param header - without our own cookie
 */
export function otherCookies(header: string | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify(pairsOf(header)))
    .digest("base64url");
}

/**
 * Four bytes for each of these cookies: enough to tell later which ones are new or have another
 * value.
 *
 * @param header - without our own cookie
 */
export function cookieMarks(header: string | undefined): Uint32Array {
  return Uint32Array.from(pairsOf(header), markOf);
}

/** The names of the cookies that are not among those that were marked. */
export function changedCookies(header: string | undefined, before: Uint32Array): string[] {
  return pairsOf(header)
    .filter((pair) => !before.includes(markOf(pair)))
    .map(nameOf)
    .filter((name) => name !== "");
}

function markOf(pair: string): number {
  return createHash("sha256").update(pair).digest().readUInt32BE();
}
