import { sealAdoptTicket } from "./adopt-ticket.ts";
import type { GatewayParts } from "./gateway-parts.ts";
import type { SessionMoved } from "./service/context.ts";
import { sendTicket } from "./resume/watch-socket.ts";
import { waitUpTo } from "./wait-up-to.ts";

/** How long the other tabs keep their sockets while the browser has not got its new cookie, in milliseconds. */
const OTHERS_STAY = 2_000;

/**
 * Has the pages of a session that has ended connect anew, with the cookie that their browser has by then. Where it ended
 * here, the tab that asked for it is spared if there is another session for it to go on with.
 *
 * @returns the function that stops it
 */
export function closeEnded({ sessions, sockets }: GatewayParts): () => void {
  return sessions.on("ended", ({ sessionId, reason }) => {
    const close = (): void => {
      for (const socket of sockets.of(sessionId)) socket.close();
    };
    if (reason === "elsewhere" || reason === "expired") close();
    else setTimeout(close, OTHERS_STAY).unref();
  });
}

/** Brings the new cookie to the browser while its page stays open; then the session's other tabs connect anew. */
export async function sessionMoved(
  parts: GatewayParts,
  { from, to, reason, tab, ephemeral }: SessionMoved,
): Promise<void> {
  const { sessions, sockets, moves } = parts;
  const ofSession = sockets.of(from);
  // Whoever else has the old token may have a socket too, so none but the tab that asked for it hears of the new session. A page
  // that says no id of its tab cannot be told from theirs.
  const asking = ofSession.filter((socket) => tab !== null && socket.tab === tab);
  const others = ofSession.filter((socket) => !asking.includes(socket));
  if (reason === "rotated") moves.keep(from, to);
  for (const socket of asking) {
    socket.session = to;
    socket.keepTime(sessions.engine);
    sendTicket(parts, socket);
  }
  // Where there is no cookie there is nothing to change, and without a tab nobody who could fetch another.
  if (!ephemeral && tab !== null) {
    const move = moves.begin(from, to, tab);
    const adopt = sealAdoptTicket(sessions.ring, { from, to, tab });
    for (const socket of asking) socket.send({ adopt });
    await waitUpTo(OTHERS_STAY, move.settled);
  }
  for (const socket of others) socket.close();
}
