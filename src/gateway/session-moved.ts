import { sealAdoptTicket } from "./adopt-ticket.ts";
import type { GatewayParts } from "./gateway-parts.ts";
import { sendTicket } from "./resume/watch-socket.ts";
import { within } from "./within.ts";

/** A session goes on under another id (`rotated`), or is over and its browser begins anew (`ended`). Asked for by a tab of it. */
export interface SessionMoved {
  readonly from: string;
  readonly to: string;
  readonly reason: "rotated" | "ended";
  readonly tab: string | null;
}

/** How long the other tabs keep their sockets while the browser has not got its new cookie, in milliseconds. */
const OTHERS_STAY = 2_000;

/** Brings the new cookie to the browser while its page stays open; then the session's other tabs connect anew. */
export async function sessionMoved(
  parts: GatewayParts,
  { from, to, reason, tab }: SessionMoved,
): Promise<void> {
  const { sessions, sockets, moves } = parts;
  const ofSession = sockets.of(from);
  // Whoever else has the old token may have a socket too, so none but the tab that asked for it hears of the new session.
  const asking = ofSession.filter((socket) => socket.tab === tab);
  const others = ofSession.filter((socket) => socket.tab !== tab);
  if (reason === "rotated") moves.keep(from, to);
  if (ofSession.every(({ ephemeral }) => ephemeral) && ofSession.length > 0) {
    // There is no cookie to change.
    for (const socket of asking) socket.session = to;
    for (const socket of asking) sendTicket(parts, socket);
    return;
  }
  const move = moves.begin(from, to, tab);
  for (const socket of asking) {
    socket.session = to;
    sendTicket(parts, socket);
    socket.send({ adopt: sealAdoptTicket(sessions.ring, { from, to, tab }) });
  }
  await within(move.settled, OTHERS_STAY);
  for (const socket of others) socket.close();
}
