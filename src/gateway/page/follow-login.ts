import { newSessionId } from "../../identity/index.ts";
import {
  endSession,
  isOtherUser,
  loginOf,
  moveSession,
  report,
  successorOf,
  userMark,
} from "../../sessions/records/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import type { Exchange } from "../proxy/index.ts";
import { signedInAs, type Visitor } from "../tabs/index.ts";

/**
 * Gives a browser another session, with everything that its own has stored, if a user has signed in
 * to Streamlit or out since it got it, or if the user has changed. Done when a page is loaded,
 * because each login and logout ends with one, and its answer brings the new cookie.
 *
 * @returns the id to continue with; undefined if the session stays as it is
 */
export async function followLogin(
  parts: GatewayParts,
  exchange: Exchange,
  visitor: Visitor,
): Promise<string | undefined> {
  try {
    return await follow(parts, exchange, visitor);
  } catch (error) {
    // The session stays as it is, and the next page tries again.
    report(parts.sessions.engine, error);
    return undefined;
  }
}

async function follow(
  parts: GatewayParts,
  exchange: Exchange,
  visitor: Visitor,
): Promise<string | undefined> {
  const { sessions, rotateOnLogin, moves } = parts;
  if (!rotateOnLogin || !("id" in visitor)) return undefined;
  const { engine } = sessions;
  const text = signedInAs(parts, exchange);
  if (visitor.is === "dead")
    return text === null ? undefined : await successorOf(engine, visitor.id, text);
  const { id, status } = visitor;
  // It is unknown now; the next page will try again.
  if (status === undefined) return undefined;
  const begun = engine.beginnings.get(id);
  if (!isOtherUser(engine.ring, begun?.user, text)) return undefined;
  const isNew = begun === undefined && text !== null && status.owner === "absent";
  if (isNew && parts.sockets.of(id).length === 0) return begin(parts, exchange);
  // Two pages at once: the other's answer brings the cookie.
  if (engine.moving.has(id) || moves.recent(id) !== undefined) return undefined;
  const running = move(parts, id, text);
  engine.moving.set(id, running);
  try {
    return await running;
  } finally {
    engine.moving.delete(id);
  }
}

/** The id of a new session, which begins with who is signed in. */
export function begin(parts: GatewayParts, exchange: Exchange): string {
  const { engine } = parts.sessions;
  const id = newSessionId();
  const user = userMark(engine.ring, signedInAs(parts, exchange));
  if (parts.rotateOnLogin && user !== undefined)
    engine.beginnings.remember(id, { since: Date.now(), user, isStored: false });
  return id;
}

async function move(parts: GatewayParts, from: string, text: string | null): Promise<string> {
  const { sessions, moves, sockets } = parts;
  const { engine } = sessions;
  const login = loginOf(engine, from, text, { user: userMark(engine.ring, text) });
  const { id: to } = await moveSession(engine, from, login);
  moves.keep(from, to);
  // No tab fetches the cookie: it comes with this page, and the first request that has it says so.
  moves.begin(from, to, "");
  endSession(engine, from, "rotated");
  for (const socket of sockets.of(from)) socket.close();
  return to;
}
