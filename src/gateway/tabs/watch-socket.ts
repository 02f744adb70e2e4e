import type { GatewayParts } from "../gateway-parts.ts";
import type { SocketWatcher } from "../proxy/index.ts";
import type { PageSocket } from "./sockets.ts";
import { streamlitSessionId } from "./streamlit-session-id.ts";
import { sealTicket } from "../tickets/index.ts";

/**
 * Follows a page's WebSocket: learns Streamlit's session id from it, and gives the tab its ticket.
 * @param accepted - called when Streamlit has accepted it
 */
export function watchSocket(
  parts: GatewayParts,
  socket: PageSocket,
  accepted: () => void,
): SocketWatcher {
  return {
    opened(tunnel) {
      accepted();
      socket.opened(tunnel);
      sendTicket(parts, socket);
    },
    fromUpstream(message, isBinary) {
      const id = isBinary ? streamlitSessionId(message) : undefined;
      if (id === undefined) return true;
      if (id !== socket.streamlit) {
        // A new session, even if the page asked for its old one: Streamlit had not kept that.
        socket.streamlit = id;
        sendTicket(parts, socket);
      }
      return false;
    },
    closed() {
      parts.sockets.remove(socket);
    },
  };
}

/** Gives the tab a ticket for its present Streamlit session. */
export function sendTicket(parts: GatewayParts, socket: PageSocket): void {
  const { sessions, streamlitStart, ticketLife } = parts;
  const { session, tab, ephemeral, streamlit, identity, logins } = socket;
  if (tab === null || streamlit === undefined) return;
  const start = streamlitStart() ?? "";
  const ticket = { session, tab, ephemeral, streamlit, identity, start, logins };
  socket.send({ ticket: sealTicket(sessions.ring, ticket, ticketLife) });
}
