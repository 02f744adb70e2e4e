import type { OutgoingHttpHeaders } from "node:http";
import { newSessionId } from "../../identity/index.ts";
import {
  ASSERTION_HEADER,
  openTicket,
  type Purpose,
  makeAdoptTicket,
  signAssertion,
  type Ticket,
} from "../tickets/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import { type PageEntry, readProtocols, writeProtocols } from "./subprotocols.ts";
import {
  AskAgain,
  type Exchange,
  type JoinableTunnel,
  type SocketWatcher,
} from "../proxy/index.ts";
import { mayUseSession, vouchForOrigin, withoutIdentity } from "../same-origin.ts";
import { copyTabRecord, noteBeginning } from "../../sessions/records/index.ts";
import { KEPT_STATE } from "../kept-state.ts";
import { marksOf, warnOfCookies } from "./changed-cookies.ts";
import { isKnownOrigin } from "./known-origin.ts";
import { identityOf, loginOf } from "./login.ts";
import { cookiesOf, type SeenCookies } from "./cookie-changes.ts";
import type { PageSocket } from "./sockets.ts";
import { watchSocket } from "./watch-socket.ts";
import { waitUpTo } from "../wait-up-to.ts";

/**
 * How long a Streamlit session surely survives without a socket, in milliseconds: its own retention
 * is two minutes.
 */
const SURELY_KEPT = 60_000;
/** How long an upgrade waits for the browser's new cookie, in milliseconds. */
const MAX_WAIT = 5_000;
/**
 * How long an upgrade waits for the tab's former socket to close, in milliseconds: an unreachable
 * page never answers.
 */
const TAKE_OVER = 250;

/** The session that a WebSocket belongs to. */
interface Who {
  readonly session: string;
  readonly ephemeral: boolean;
  /**
   * The dead session that the browser's cookie still names, if the page must fetch a new cookie.
   */
  readonly outdated?: string;
}

/**
 * Admits a page's WebSocket: finds its session, and gives it its live Streamlit session back if it
 * has a right to it.
 */
export async function upgrade(
  parts: GatewayParts,
  exchange: Exchange,
  headers: OutgoingHttpHeaders,
): Promise<SocketWatcher | undefined> {
  const { sessions, sockets } = parts;
  const { own, claimed, page } = readProtocols(exchange.request.headers["sec-websocket-protocol"]);
  const isOwn = isKnownOrigin(parts, exchange, page?.note) || mayUseSession(sessions, exchange);
  if (isOwn) vouchForOrigin(exchange, headers);
  else withoutIdentity(headers, parts.trustedUserHeaders);
  const identity = identityOf(headers, parts.trustedUserHeaders);
  const ticket = ticketOf(parts, page, identity);
  const who = isOwn ? await whose(parts, exchange, page, ticket) : ephemeralVisitor(ticket);
  const { cookie } = exchange.request.headers;
  const isResumed = ticket !== undefined && isFor(parts, ticket, who, page, cookie);
  const resumed = isResumed ? ticket.streamlit : undefined;
  const seen = parts.loginCookies.see(who.session, cookie);
  // A page that was not reloaded still shows what it showed to the login that it came with.
  const logins = isResumed && page?.life !== "new" ? ticket.logins : seen;
  const cookies = parts.cookieChanges.see(who.session, cookiesOf(parts, exchange));
  const place = joinable(parts, exchange, resumed, { session: who.session, cookies }, page);
  if (resumed !== undefined && place === undefined) await takeOver(parts, resumed);

  const purpose: Purpose =
    resumed === undefined ? "open" : page?.life === "new" ? "resume" : "reconnect";
  const tab = page?.tab ?? null;
  const { session, ephemeral } = who;
  if (!ephemeral && resumed === undefined) await copyKept(parts, page, session);
  headers[ASSERTION_HEADER] = signAssertion(sessions.ring, { session, tab, purpose, ephemeral });
  if (own.length > 0) headers["sec-websocket-protocol"] = writeProtocols(own, resumed);

  // The page may still show the session before.
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
    cookies: cookies.hash,
    cookieMarks: marksOf(parts, exchange),
    streamlit: resumed,
  });
  socket.keepTime(sessions.engine);
  sockets.signOut(socket);
  if (who.outdated !== undefined)
    socket.send({
      adopt: makeAdoptTicket(sessions.ring, { from: who.outdated, to: session, tab }),
    });
  const start = parts.streamlitStart();
  return watchSocket(parts, socket, {
    isNew: page?.life === "new",
    isPast: page?.life === "past",
    joins: place,
    seen,
    cookies,
    accepted: () => {
      // Its run is under way.
      if (place !== undefined) return;
      const isSame = start === parts.streamlitStart();
      // Streamlit restarted while the socket waited for it: what this tab had is gone.
      if (!isSame) socket.streamlit = undefined;
      if (rerun || (!isSame && page !== undefined && page.life !== "new"))
        socket.send({ rerun: true });
    },
  });
}

/** A duplicated tab begins with a copy of what is kept of the original's session state. */
async function copyKept(
  { sessions }: GatewayParts,
  page: PageEntry | undefined,
  session: string,
): Promise<void> {
  if (page?.life !== "new" || page.copyOf === undefined) return;
  const { copyOf: from, tab: to } = page;
  await copyTabRecord(sessions.engine, { session, from, to, state: KEPT_STATE }).catch(
    (error: unknown) => sessions.report(error),
  );
}

/**
 * How the page can join a run under way: its tab's former page has gone, or still seems to be
 * there, while the run goes on. A page that is still open is told that it is another tab now.
 */
function joinable(
  parts: GatewayParts,
  exchange: Exchange,
  streamlit: string | undefined,
  { session, cookies }: { session: string; cookies: SeenCookies },
  page: PageEntry | undefined,
): JoinableTunnel | undefined {
  const { sockets, cookieChanges } = parts;
  if (streamlit === undefined || page === undefined) return undefined;
  if (page.life === "new" && sockets.isFinished(streamlit)) return undefined;
  const [holder, other] = sockets.holding(streamlit);
  if (holder === undefined || other !== undefined) return undefined;
  if (isSuperseded(holder, page)) return undefined;
  const { place, framed } = holder;
  if (
    holder.session !== session ||
    holder.tab !== page.tab ||
    place?.canJoin !== true ||
    framed?.canJoin(page.life === "new") !== true
  )
    return undefined;
  // A page that has only lost its connection still shows it all.
  const isSame = page.life === "same" || cookieChanges.isSame(streamlit, session, cookies);
  if (holder.cookies !== cookies.hash || !isSame) {
    warnOfCookies(parts, exchange, holder.cookieMarks);
    return undefined;
  }
  holder.send({ taken: true });
  return place;
}

/**
 * Whether the run is that of a later page of the tab. A page that comes out of the back/forward
 * cache shows what it showed before that one, and may be at another address.
 */
function isSuperseded(holder: PageSocket, page: PageEntry): boolean {
  // A later page may have gone before it got its ticket.
  return page.life === "past" || (page.life === "back" && !holder.hasSent(page.ticket));
}

/**
 * The page's ticket, if it is valid for this tab, this person and this start of Streamlit. The
 * session is checked separately.
 */
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
  const visitor = await visitors.find(exchange);
  if (visitor.is === "living") {
    moves.arrived(visitor.id);
    return { session: visitor.id, ephemeral: false };
  }
  if (visitor.is === "dead") {
    const recent = moves.recent(visitor.id);
    // Only the tab itself knows its id: its page was reloaded before it had fetched the new cookie.
    if (recent !== undefined && page?.tab === recent.tab)
      return { session: recent.to, ephemeral: false, outdated: visitor.id };
    const move = moves.pending(visitor.id);
    if (move === undefined)
      return { session: newSessionId(), ephemeral: false, outdated: visitor.id };
    // Another tab of the session: its browser is about to get a new cookie, which this request does
    // not carry yet.
    await waitUpTo(MAX_WAIT, move.finished);
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
  // A page that was not reloaded keeps its content, as without the gateway.
  return (
    page?.life !== "new" || loginCookies.allow(ticket.logins, [ticket.session, session], cookie)
  );
}

/**
 * Closes the former socket of a Streamlit session first: Streamlit up to 1.57 does not hand over a
 * session that still has one. If a page is still at its other end, it is told that it is another
 * tab now.
 */
async function takeOver({ sockets }: GatewayParts, streamlit: string): Promise<void> {
  const holders = sockets.holding(streamlit);
  for (const holder of holders) {
    holder.send({ taken: true });
    holder.close();
  }
  await waitUpTo(TAKE_OVER, Promise.all(holders.map(async ({ gone }) => await gone)));
}

/**
 * Whether the page must be asked to run the script. By itself it does so only at its first
 * connection.
 */
function needsRerun(
  { sockets, streamlitStart }: GatewayParts,
  page: PageEntry | undefined,
  resumed: string | undefined,
  claimed: string | undefined,
): boolean {
  if (page === undefined) return false;
  if (page.life === "back" || page.life === "past" || resumed === undefined || claimed !== resumed)
    return true;
  // Streamlit may have dropped the session meanwhile, and a click would then reach a session that
  // knows nothing about it.
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
