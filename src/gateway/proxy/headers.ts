import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { MAX_PROXIES, type ProxyTrust } from "../../identity/index.ts";
import type { Exchange } from "./hooks.ts";

/** Headers of one connection. `trailer` is not among them: those of answers are passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Headers that frame or address a message: they stay even if Connection names them. */
const KEPT: ReadonlySet<string> = new Set(["content-length", "host", "trailer"]);

/** Headers that only a trusted proxy may send, besides `x-forwarded-*`. */
const SAID_BY_PROXIES: ReadonlySet<string> = new Set(["forwarded", "x-real-ip"]);

/**
 * The headers of a request or answer for the other side: in lower case, without those that belong
 * to one connection, also those that Connection names. A name that came several times has an array.
 */
export function passedOn(message: IncomingMessage): OutgoingHttpHeaders {
  const named = message.headers.connection;
  const dropped =
    named === undefined
      ? undefined
      : new Set(
          named
            .toLowerCase()
            .split(",")
            .map((name) => name.trim()),
        );
  // Without a prototype: a header may be called __proto__.
  const headers = Object.create(null) as OutgoingHttpHeaders;
  const raw = message.rawHeaders;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    if (HOP_BY_HOP.has(name) || (dropped?.has(name) === true && !KEPT.has(name))) continue;
    const value = raw[at + 1] as string;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else if (name !== "host") headers[name] = [String(before), value];
  }
  // Trailers need chunks, and those are per connection: without them the announcement goes too.
  if (message.headers["transfer-encoding"] === undefined) delete headers["trailer"];
  return headers;
}

/** The headers of a request for Streamlit. Their `x-forwarded-*` describe the browser. */
export function requestHeaders(exchange: Exchange, trust: ProxyTrust): OutgoingHttpHeaders {
  const { request, secure, host } = exchange;
  const headers = passedOn(request);
  if (Array.isArray(headers["cookie"])) headers["cookie"] = headers["cookie"].join("; ");
  // The server has answered it already. It is put back if the browser must wait for Streamlit.
  delete headers["expect"];
  // Trailers are dropped: they would bypass the cleaning here.
  delete headers["trailer"];
  const trusted = trust.trusts(request.socket.remoteAddress);
  const chain = trusted ? addressChain(headers["x-forwarded-for"], exchange, trust) : [];
  if (!trusted)
    for (const name of Object.keys(headers))
      if (name.startsWith("x-forwarded-") || SAID_BY_PROXIES.has(name)) delete headers[name];
  const nearest = exchange.address || request.socket.remoteAddress;
  if (chain.length === 0 && nearest !== undefined) chain.push(nearest);
  if (chain.length > 0) headers["x-forwarded-for"] = chain.join(", ");
  // A peer on a Unix socket has no address.
  else delete headers["x-forwarded-for"];
  headers["x-forwarded-proto"] = secure ? "https" : "http";
  if (host === undefined) delete headers["x-forwarded-host"];
  else headers["x-forwarded-host"] = host;
  return headers;
}

/**
 * The chain up to the browser's address. The trusted proxies to its right are left out: uvicorn
 * knows none of them but 127.0.0.1, and would mistake the nearest one for the browser.
 */
function addressChain(value: unknown, exchange: Exchange, trust: ProxyTrust): string[] {
  if (exchange.address === "") return [];
  const text = Array.isArray(value) ? value.join(",") : typeof value === "string" ? value : "";
  const entries = text.split(",").map((entry) => entry.trim());
  for (let left = MAX_PROXIES; left > 0 && entries.length > 0; left--) {
    const last = entries.at(-1);
    if (last !== "" && !trust.trusts(last)) break;
    entries.pop();
  }
  if (entries.length > 0) entries[entries.length - 1] = exchange.address;
  return entries;
}

/** Adds a name to the Vary header if it is missing. */
export function addVary(headers: OutgoingHttpHeaders, name: string): void {
  const before = headers["vary"];
  const text = Array.isArray(before) ? before.join(", ") : (before ?? "");
  const listed = text
    .toLowerCase()
    .split(",")
    .map((entry) => entry.trim());
  if (listed.includes("*") || listed.includes(name.toLowerCase())) return;
  headers["vary"] = text === "" ? name : `${text}, ${name}`;
}

/** An entity tag without the mark of a weak one, as RFC 9110, 8.8.3.2 compares them weakly. */
export function opaqueTag(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}
