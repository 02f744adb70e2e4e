import type { Exchange } from "./proxy/hooks.ts";

/**
 * Whether a POST comes from a page of this gateway itself. Today's browsers say so (Sec-Fetch-Site); others send Origin with
 * every POST. Without either it is no page of ours.
 */
export function isSameOrigin({ request, secure, host }: Exchange): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  const { origin } = request.headers;
  if (origin === undefined) return site === "same-origin";
  // Before TLS ends elsewhere and nobody says so, the scheme is not known; the host is what tells sites apart.
  return originsOf(secure, host).includes(origin.toLowerCase());
}

/** The origins that this gateway has for the browser. */
export function originsOf(secure: boolean, host: string | undefined): string[] {
  if (host === undefined) return [];
  const schemes = secure ? ["https"] : ["http", "https"];
  return schemes.map((scheme) => `${scheme}://${host.toLowerCase()}`);
}
