import { makeAdoptTicket } from "../tickets/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import type { SessionMoved } from "../service/index.ts";
import { sendTicket } from "./watch-socket.ts";
import { waitUpTo } from "../wait-up-to.ts";

/**
 * How long the other tabs keep their sockets while the browser waits for its new cookie, in
 * milliseconds.
 */
const OTHERS_STAY = 2_000;

/**
 * Makes the pages of an ended session connect again, with the cookie that their browser has by
 * then. If the session ended here and another follows it, the tab that asked for it stays
 * connected.
 *
 * @returns the function that stops it
 */
export function closeEnded({ sessions, sockets, frames }: GatewayParts): () => void {
  return sessions.on("ended", ({ sessionId, reason }) => {
    frames.forget(sessionId);
    const close = (): void => {
      for (const socket of sockets.of(sessionId)) socket.close();
    };
    if (reason === "elsewhere" || reason === "expired") close();
    else setTimeout(close, OTHERS_STAY).unref();
  });
}

/**
 * Brings the new cookie to the browser while its page stays open. Then the session's other tabs
 * connect again.
 */
export async function sessionMoved(
  parts: GatewayParts,
  { from, to, reason, tab, ephemeral }: SessionMoved,
): Promise<void> {
  const { sessions, sockets, moves, frames } = parts;
  frames.forget(from, to);
  const ofSession = sockets.of(from);
  // A thief of the old token may have a socket too. So only the tab that asked is told about the
  // new session. A page without a tab id cannot be distinguished from a thief's.
  const asking = ofSession.filter((socket) => tab !== null && socket.tab === tab);
  const others = ofSession.filter((socket) => !asking.includes(socket));
  if (reason === "rotated") moves.keep(from, to);
  for (const socket of asking) {
    socket.session = to;
    socket.keepTime(sessions.engine);
    sendTicket(parts, socket);
  }
  // Without a cookie there is nothing to change, and without a tab no page could fetch another.
  if (!ephemeral && tab !== null) {
    const move = moves.begin(from, to, tab);
    const adopt = makeAdoptTicket(sessions.ring, { from, to, tab });
    for (const socket of asking) socket.send({ adopt });
    await waitUpTo(OTHERS_STAY, move.finished);
  }
  for (const socket of others) socket.close();
}
