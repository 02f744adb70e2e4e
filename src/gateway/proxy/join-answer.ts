import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a server adds to the client's key (RFC 6455, 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * The answer to an upgrade whose other end is there already. It takes the first protocol that the
 * page offers, as Streamlit does, and no extension. Undefined for a handshake that is not one of
 * RFC 6455.
 */
export function joinAnswer({ headers }: IncomingMessage): string | undefined {
  const key = headers["sec-websocket-key"] ?? "";
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key) || headers["sec-websocket-version"] !== "13")
    return undefined;
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  const [protocol = ""] = (headers["sec-websocket-protocol"] ?? "").split(",");
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Accept: ${accept}`,
    // Node refuses header values with line breaks, so it is one token.
    ...(protocol.trim() === "" ? [] : [`Sec-WebSocket-Protocol: ${protocol.trim()}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
