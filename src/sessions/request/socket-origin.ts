import { forwarded, type HeaderSource, type OriginClaims } from "../../identity/index.ts";
import type { Sessions } from "../sessions.ts";

/** The part of a request that says who sent it. */
export interface SocketRequest {
  readonly headers: HeaderSource;
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/**
 * Whether a request asks for a WebSocket on behalf of a page of another origin. Browsers let any
 * page connect to any server and send the cookie along; only the server can refuse that.
 *
 * @param outcome - what becomes of it, for the log
 */
export function isForeignSocket(
  sessions: Sessions,
  { headers, remoteAddress, encrypted }: SocketRequest,
  outcome: string,
): boolean {
  if (headerOf(headers, "upgrade")?.toLowerCase() !== "websocket") return false;
  const { host, secure } = forwarded(headers, remoteAddress, encrypted, sessions.trust);
  const claims: OriginClaims = {
    origin: headerOf(headers, "origin"),
    site: headerOf(headers, "sec-fetch-site"),
    host,
    secure,
  };
  if (sessions.pageOrigin(claims) !== "foreign") return false;
  sessions.foreignOrigins.tell(claims, outcome);
  return true;
}

/** One header, from a `Headers` object or a plain object. */
export function headerOf(headers: HeaderSource, name: string): string | undefined {
  const value: unknown =
    typeof headers["get"] === "function"
      ? headers["get"](name)
      : (headers as Record<string, unknown>)[name];
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" ? value : undefined;
}
