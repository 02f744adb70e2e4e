import type { IncomingMessage } from "node:http";
import { forwarded, isEncrypted, type ProxyTrust } from "../../identity/index.ts";
import type { Exchange } from "./hooks.ts";

/** Parses a request once, for all parts of the gateway. */
export function openExchange(
  request: IncomingMessage,
  basePath: string,
  trust: ProxyTrust,
): Exchange {
  const { socket } = request;
  const url = originForm(request.url ?? "/");
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const { secure, address, host } = forwarded(
    request.headers,
    socket.remoteAddress,
    isEncrypted(socket),
    trust,
  );
  let query: URLSearchParams | undefined;
  return {
    request,
    path: decoded(below(path, basePath)),
    // It is rarely needed, and may be long.
    get query() {
      return (query ??= new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)));
    },
    upstreamUrl: url,
    secure,
    address,
    host,
  };
}

/**
 * Turns `GET http://host/path` into its path: any server may get such a request, though normally
 * only proxies do.
 */
function originForm(url: string): string {
  if (url.startsWith("/") || url === "*") return url;
  const start = url.indexOf("://");
  const rest = start < 0 ? "" : url.slice(start + 3);
  const end = rest.search(/[/?#]/);
  const target = end < 0 ? "" : rest.slice(end);
  return target.startsWith("/") ? target : `/${target}`;
}

function below(path: string, basePath: string): string {
  if (basePath === "") return path;
  if (path === basePath) return "/";
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : "";
}

/** Decodes a path: Streamlit decodes before it compares paths, so this code must, too. */
function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
