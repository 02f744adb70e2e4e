import {
  type Engine,
  joinSession,
  ofSession,
  type Owner,
  renew,
  tabOwner,
} from "../../sessions/records/index.ts";
import type { OwnerInfo } from "../../store/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import { begin } from "./follow-login.ts";
import { openIssue, openTicket } from "../tickets/index.ts";
import type { Exchange } from "../proxy/index.ts";
import { sendTicket } from "../tabs/index.ts";

/** The answer to a POST of the page script. */
interface Answer {
  readonly status: 204 | 409 | 410;
  /** A Set-Cookie value. */
  readonly cookie?: string | undefined;
  /** The session that the browser has by then. */
  readonly session?: string | undefined;
}

/**
 * Gives the browser the cookie of the session that succeeds its present one. The body is the ticket
 * for it.
 */
export async function adopt(
  { adoptTickets, visitors, sockets, moves }: GatewayParts,
  exchange: Exchange,
  body: string,
): Promise<Answer> {
  const ticket = adoptTickets.read(body);
  if (ticket === undefined) return { status: 410 };
  const visitor = await visitors.find(exchange);
  if (!("id" in visitor) || ![ticket.from, ticket.to].includes(visitor.id)) {
    // The browser has another cookie by now, which counts. The page connects again with it.
    for (const socket of sockets.of(ticket.to, ticket.tab)) socket.close();
    return { status: 409 };
  }
  ticket.use();
  const cookie = visitors.give(exchange, ticket.to);
  moves.pending(ticket.from)?.finish(true);
  return { status: 204, cookie, session: ticket.to };
}

/**
 * For a page about which more must be known before it opens its socket. If another site linked to
 * it, the browser did not send a SameSite=Strict cookie with it, but does with this request; if it
 * really has none, it gets one. If a proxy rewrites Host, the page gets a note of its origin.
 */
export async function hello(parts: GatewayParts, exchange: Exchange): Promise<Answer> {
  const { visitors } = parts;
  const visitor = await visitors.find(exchange);
  if ("id" in visitor) return { status: 204, session: visitor.id };
  if (visitor.is === "unread") return { status: 204 };
  const session = begin(parts, exchange);
  return { status: 204, cookie: visitors.give(exchange, session), session };
}

/**
 * Extends the session and its cookie, because the page is still open. The body is the tab's ticket,
 * or empty.
 */
export async function alive(
  parts: GatewayParts,
  exchange: Exchange,
  body: string,
): Promise<Answer> {
  const { sessions, visitors, sockets, moves } = parts;
  const visitor = await visitors.find(exchange);
  if (!("id" in visitor)) return { status: 204 };
  parts.loginCookies.see(visitor.id, exchange.request.headers.cookie);
  const ticket = openTicket(sessions.ring, body);
  const isOther = ticket?.session !== visitor.id || visitor.is === "dead";
  if (ticket?.ephemeral === false && isOther && moves.pending(ticket.session) === undefined) {
    // In another tab, the browser got another session's cookie. This page must continue with that
    // session too.
    for (const socket of sockets.of(ticket.session, ticket.tab)) socket.close();
  }
  if (visitor.is === "dead") return { status: 204 };
  const { id } = visitor;
  await keep(sessions.engine, ofSession(id, true), visitor.status);
  if (ticket?.session === id) {
    const tab = { key: tabOwner(id, ticket.tab), session: id, lasting: true };
    await keep(sessions.engine, tab);
    for (const socket of sockets.of(visitor.id, ticket.tab)) sendTicket(parts, socket);
  }
  return { status: 204, cookie: visitors.renew(exchange, visitor), session: visitor.id };
}

/** Extends the stored expiry if that is due. */
async function keep(engine: Engine, owner: Owner, status?: OwnerInfo): Promise<void> {
  await renew(engine, owner, status ?? (await engine.store.owner(owner.key)));
}

/**
 * Joins the sessions of two tabs. Both came at once without a cookie, each was given a session, and
 * the browser kept one cookie. What the other session has stored moves there, and its pages connect
 * again. The body is the notes of both pages, which only a page of this browser can know.
 */
export async function join(
  { sessions, visitors, sockets, moves }: GatewayParts,
  exchange: Exchange,
  body: string,
): Promise<Answer> {
  const given = body.split(" ").map((text) => openIssue(sessions.ring, text, exchange));
  const [one, two, more] = given;
  const visitor = await visitors.find(exchange);
  if (one === undefined || two === undefined || more !== undefined || visitor.is !== "living")
    return { status: 409 };
  const other = visitor.id === one.session ? two.session : one.session;
  const isOne = [one.session, two.session].includes(visitor.id);
  if (!isOne) return { status: 409 };
  if (other === visitor.id) return { status: 204 };
  const { engine } = sessions;
  await joinSession(engine, other, visitor.id);
  moves.keep(other, visitor.id);
  for (const socket of sockets.of(other)) socket.close();
  return { status: 204 };
}
