import type { OutgoingHttpHeaders } from "node:http";
import { newSessionId } from "../session/token.ts";
import { ASSERTION_HEADER, type Purpose, signAssertion } from "./assertion.ts";
import { sealAdoptTicket } from "./adopt-ticket.ts";
import type { GatewayParts } from "./gateway-parts.ts";
import { type PageEntry, readProtocols, writeProtocols } from "./page-entry.ts";
import { AskAgain, type Exchange, type SocketWatcher } from "./proxy/hooks.ts";
import { mayUseSession, vouchForOrigin, withoutIdentity } from "./same-origin.ts";
import { noteBeginning } from "../sessions/lifetime.ts";
import { identityOf, loginOf } from "./resume/identity.ts";
import { type Ticket, openTicket } from "./resume/ticket.ts";
import { watchSocket } from "./resume/watch-socket.ts";
import { waitUpTo } from "./wait-up-to.ts";

/** How long a Streamlit session without a socket is taken for granted, in milliseconds: its own retention is two minutes. */
const SURELY_KEPT = 60_000;
/** How long an upgrade waits for the browser's new cookie, in milliseconds. */
const LONGEST_WAIT = 5_000;
/** How long it waits for the socket before it to close, in milliseconds: a page that is out of reach never answers. */
const TAKE_OVER = 250;

/** Whose a WebSocket is. */
interface Who {
  readonly session: string;
  readonly ephemeral: boolean;
  /** The session that the browser's cookie still names, where it has to fetch another. */
  readonly outdated?: string;
}

/** Lets a page's WebSocket through: says whose it is, and gives it its live Streamlit session back where it has a right to that. */
export async function upgrade(
  parts: GatewayParts,
  exchange: Exchange,
  headers: OutgoingHttpHeaders,
): Promise<SocketWatcher | undefined> {
  const { sessions, sockets } = parts;
  const isOwn = mayUseSession(sessions, exchange);
  if (isOwn) vouchForOrigin(sessions, exchange, headers);
  else withoutIdentity(headers, parts.trustedUserHeaders);
  const { own, claimed, page } = readProtocols(exchange.request.headers["sec-websocket-protocol"]);
  const identity = identityOf(headers, parts.trustedUserHeaders);
  const ticket = ticketOf(parts, page, identity);
  const who = isOwn ? await whose(parts, exchange, page, ticket) : ephemeralVisitor(ticket);
  const { cookie } = exchange.request.headers;
  const isResumed = ticket !== undefined && isFor(parts, ticket, who, page, cookie);
  const resumed = isResumed ? ticket.streamlit : undefined;
  const logins = parts.loginCookies.see(who.session, cookie);
  if (resumed !== undefined) await takeOver(parts, resumed);

  const purpose: Purpose =
    resumed === undefined ? "open" : page?.life === "new" ? "resume" : "reconnect";
  const tab = page?.tab ?? null;
  const { session, ephemeral } = who;
  headers[ASSERTION_HEADER] = signAssertion(sessions.ring, { session, tab, purpose, ephemeral });
  if (own.length > 0) headers["sec-websocket-protocol"] = writeProtocols(own, resumed);

  // What the page shows may be of the session before.
  const isMoved = resumed !== undefined && ticket?.session !== who.session;
  const rerun = page?.life !== "new" && (isMoved || needsRerun(parts, page, resumed, claimed));
  const login = loginOf(headers);
  await noteBeginning(sessions.engine, session).catch((error: unknown) => sessions.report(error));
  const socket = sockets.add({
    session,
    tab,
    ephemeral,
    identity,
    login,
    logins,
    streamlit: resumed,
  });
  socket.keepTime(sessions.engine);
  sockets.signOut(socket);
  if (who.outdated !== undefined)
    socket.send({
      adopt: sealAdoptTicket(sessions.ring, { from: who.outdated, to: session, tab }),
    });
  const start = parts.streamlitStart();
  return watchSocket(parts, socket, () => {
    const isSame = start === parts.streamlitStart();
    // While the socket waited for Streamlit, another one came up: what this tab had is gone.
    if (!isSame) socket.streamlit = undefined;
    if (rerun || (!isSame && page !== undefined && page.life !== "new"))
      socket.send({ rerun: true });
  });
}

/** The page's ticket, where it is good for this tab, this person and this Streamlit. Whose session it is, is looked at apart. */
function ticketOf(
  { sessions, resume, streamlitStart }: GatewayParts,
  page: PageEntry | undefined,
  identity: string,
): Ticket | undefined {
  if (page?.ticket === undefined || (page.life === "new" && !resume)) return undefined;
  const ticket = openTicket(sessions.ring, page.ticket);
  return ticket?.tab === page.tab &&
    ticket.identity === identity &&
    ticket.start === (streamlitStart() ?? "")
    ? ticket
    : undefined;
}

/** A visitor without a cookie. If a ticket says that it was one before, it is the same. */
function ephemeralVisitor(ticket: Ticket | undefined): Who {
  return {
    session: ticket?.ephemeral === true ? ticket.session : newSessionId(),
    ephemeral: true,
  };
}

async function whose(
  { visitors, moves, sessions }: GatewayParts,
  exchange: Exchange,
  page: PageEntry | undefined,
  ticket: Ticket | undefined,
): Promise<Who> {
  const visitor = await visitors.look(exchange);
  if (visitor.is === "living") {
    moves.arrived(visitor.id);
    return { session: visitor.id, ephemeral: false };
  }
  if (visitor.is === "dead") {
    const recent = moves.recent(visitor.id);
    // Nobody but the tab itself knows its id: its page was reloaded before it had fetched the new cookie.
    if (recent !== undefined && page?.tab === recent.tab)
      return { session: recent.to, ephemeral: false, outdated: visitor.id };
    const move = moves.pending(visitor.id);
    if (move === undefined)
      return { session: newSessionId(), ephemeral: false, outdated: visitor.id };
    // Another tab of it: the cookie is about to come, and this request has not got it.
    await waitUpTo(LONGEST_WAIT, move.settled);
    throw new AskAgain("The browser is about to get a new cookie; its page connects again.");
  }
  if (ticket?.ephemeral !== true) warnOfNoCookie(sessions.engine);
  return ephemeralVisitor(ticket);
}

function isFor(
  { moves, loginCookies }: GatewayParts,
  ticket: Ticket,
  { session, ephemeral }: Who,
  page: PageEntry | undefined,
  cookie: string | undefined,
): boolean {
  if (ticket.ephemeral !== ephemeral || !moves.leads(ticket.session, session)) return false;
  // A page that was not reloaded goes on with what it has, as without us.
  return (
    page?.life !== "new" || loginCookies.allow(ticket.logins, [ticket.session, session], cookie)
  );
}

/**
 * Streamlit up to 1.57 gives a session that still has a socket to nobody else, so that one is closed first. Where a page is at
 * its other end all the same, it hears that it is another tab now.
 */
async function takeOver({ sockets }: GatewayParts, streamlit: string): Promise<void> {
  const holders = sockets.holding(streamlit);
  for (const holder of holders) {
    holder.send({ taken: true });
    holder.close();
  }
  await waitUpTo(TAKE_OVER, Promise.all(holders.map(async ({ gone }) => await gone)));
}

/** Streamlit's page runs the script by itself only at its first connection; later ones it takes for the same session. */
function needsRerun(
  { sockets, streamlitStart }: GatewayParts,
  page: PageEntry | undefined,
  resumed: string | undefined,
  claimed: string | undefined,
): boolean {
  if (page === undefined) return false;
  if (page.life === "back" || resumed === undefined || claimed !== resumed) return true;
  // It may have been dropped meanwhile, and a click would then meet a session that knows nothing of it.
  const away = sockets.away(resumed);
  return away === undefined || away > SURELY_KEPT || streamlitStart() === undefined;
}

const warned = new WeakSet<object>();

function warnOfNoCookie(engine: GatewayParts["sessions"]["engine"]): void {
  if (warned.has(engine)) return;
  warned.add(engine);
  engine.warn(
    "a browser keeps no cookie of this app (it refuses cookies, or another site's page embeds it): its state lasts as long as its " +
      "connection. To be embedded, the app needs HTTPS and the options --same-site none --partitioned.",
  );
}
