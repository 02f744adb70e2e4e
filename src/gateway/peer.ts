import type { Socket } from "node:net";
import type { ProxyTrust } from "../identity/index.ts";
import type { Exchange } from "./proxy/index.ts";

/**
 * The header that tells our start module who the browser is. If a client sends it, it is dropped.
 */
export const PEER_HEADER = "x-persist-session-peer";

const OF_PROXIES = /^(?:x-forwarded-.*|forwarded|x-real-ip)$/i;

/** Headers that the gateway sets anew on its own connection: the app gets the browser's values. */
const OF_A_CONNECTION = ["connection", "sec-websocket-extensions"] as const;

/**
 * What Streamlit's server would know about the connection if the browser had connected directly:
 * both ends, the scheme, and the headers of trusted proxies as these sent them. Base64url of JSON;
 * the start module uses it instead of the gateway's own `X-Forwarded-*`.
 */
export function describePeer(exchange: Exchange, trust: ProxyTrust): string {
  const { request, secure, address } = exchange;
  const { socket } = request;
  const isDirect = address === "" || address === plain(socket.remoteAddress);
  const headers: [string, string][] = [];
  if (trust.trusts(socket.remoteAddress))
    for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
      const [name = "", value = ""] = request.rawHeaders.slice(at, at + 2);
      if (OF_PROXIES.test(name)) headers.push([name.toLowerCase(), value]);
    }
  return Buffer.from(
    JSON.stringify({
      client: [address || plain(socket.remoteAddress), isDirect ? socket.remotePort : 0],
      server: serverOf(socket),
      secure,
      own: OF_A_CONNECTION.flatMap((name) => {
        const value = request.headers[name];
        return typeof value === "string" ? [[name, value]] : [];
      }),
      ...(headers.length > 0 && { headers }),
    }),
  ).toString("base64url");
}

function serverOf({ localAddress, localPort }: Socket): [string, number] | undefined {
  return localPort === undefined ? undefined : [plain(localAddress), localPort];
}

/** An IPv4 address as such, if a socket for both versions of IP wraps it. */
function plain(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
