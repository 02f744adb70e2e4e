import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { forwarded, type ProxyTrust } from "../../session/proxy.ts";
import type { Exchange } from "./hooks.ts";

/** Looks at a request once, so that nobody has to parse its address again. */
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
  return {
    request,
    path: decoded(below(path, basePath)),
    query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)),
    upstreamUrl: url,
    secure,
    address,
    host,
  };
}

/** Streamlit's form of a base path: "" for none, otherwise with a slash in front and none at the end. */
export function normalBasePath(basePath: string | undefined): string {
  const inner = (basePath ?? "").replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}

/** `GET http://host/path` is allowed to reach any server, though only proxies are asked so. */
function originForm(url: string): string {
  if (url.startsWith("/") || url === "*") return url;
  const [, rest = ""] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/i.exec(url) ?? [];
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function below(path: string, basePath: string): string {
  if (basePath === "") return path;
  if (path === basePath) return "/";
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : "";
}

/** Streamlit decodes before it looks, so whoever compares paths here has to as well. */
function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isEncrypted(socket: Socket): boolean {
  return "encrypted" in socket && socket.encrypted === true;
}
