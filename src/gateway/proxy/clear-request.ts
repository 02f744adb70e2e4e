import type { IncomingMessage } from "node:http";
import { isHost } from "../../identity/index.ts";

/** How many header lines a request may have. A browser sends some twenty. */
const MAX_HEADERS = 1000;

/** Why a request is refused. */
export type Refusal = 400 | 431;

/**
 * The status for a request that servers could read in several ways; undefined if all read it the
 * same way. Node's parser refuses the worst, such as two lengths. What it lets pass is refused
 * here: if this side and Streamlit could see the end of a body, or the host, in different places,
 * none of it may get there.
 */
export function refusalOf(request: IncomingMessage): Refusal | undefined {
  const { httpVersion, method = "", url = "", rawHeaders } = request;
  if (rawHeaders.length > 2 * MAX_HEADERS) return 431;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return 400;
  const isFramed = hasClearLength(valuesOf(rawHeaders, "transfer-encoding"), httpVersion);
  const hosts = valuesOf(rawHeaders, "host");
  return isFramed && isClearHost(hosts, httpVersion) && isClearTarget(url, method, hosts[0])
    ? undefined
    : 400;
}

/**
 * Chunks are the one coding that is needed to find the end of a body, and HTTP/1.0 does not know
 * it.
 */
function hasClearLength(codings: readonly string[], version: string): boolean {
  if (codings.length === 0) return true;
  return version === "1.1" && codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
}

/** HTTP/1.0 has no Host; health checks of older load balancers are such requests. */
function isClearHost(hosts: readonly string[], version: string): boolean {
  const [host, another] = hosts;
  if (host === undefined) return version === "1.0";
  return another === undefined && isHost(host);
}

/** A path; `*` only for OPTIONS; a whole address only of the host that Streamlit is told. */
function isClearTarget(url: string, method: string, host: string | undefined): boolean {
  if (url.startsWith("/")) return true;
  if (url === "*") return method === "OPTIONS";
  const start = url.indexOf("://");
  const scheme = url.slice(0, start).toLowerCase();
  if (scheme !== "http" && scheme !== "https") return false;
  const rest = url.slice(start + 3);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  return host !== undefined && authority.toLowerCase() === host.toLowerCase();
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) values.push((rawHeaders[at + 1] ?? "").trim());
  return values;
}
