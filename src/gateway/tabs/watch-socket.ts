import { FramedPage, mayChangeCookies } from "../frame/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import type { JoinableTunnel, SocketWatcher } from "../proxy/index.ts";
import type { SeenCookies } from "./cookie-changes.ts";
import type { SeenLogins } from "./login-cookies.ts";
import { pageMessageText } from "./page-message.ts";
import type { PageSocket } from "./sockets.ts";
import { streamlitSessionId } from "./streamlit-session-id.ts";
import { makeTicket } from "../tickets/index.ts";

/** How a page's WebSocket begins. */
export interface Beginning {
  /** Whether the page is new, as after a reload. */
  readonly isNew: boolean;
  /** Whether its tab has had a later page. */
  readonly isPast: boolean;
  /** The tunnel of the page whose run it joins. */
  readonly joins: JoinableTunnel | undefined;
  /** What it came with. */
  readonly seen: SeenLogins;
  readonly cookies: SeenCookies;
  /** Called when Streamlit has accepted it. */
  readonly accepted: () => void;
}

/**
 * Follows a page's WebSocket: learns Streamlit's session id from it, gives the tab its ticket, and
 * keeps what its page shows.
 */
export function watchSocket(
  parts: GatewayParts,
  socket: PageSocket,
  { isNew, isPast, joins, seen, cookies, accepted }: Beginning,
): SocketWatcher {
  let learned = false;
  /** @returns the id, if the message says it */
  const learn = (message: Buffer): string | undefined => {
    const id = streamlitSessionId(message);
    if (id === undefined) return undefined;
    // A page that joins a run, or has only lost its connection, does not ask for a session.
    if (id !== socket.streamlit || (isNew && joins === undefined && !learned))
      parts.cookieChanges.asked(id, cookies);
    learned = true;
    if (id === socket.streamlit) return id;
    // A new session, even if the page asked for its old one: Streamlit had not kept that.
    socket.streamlit = id;
    socket.logins = seen;
    sendTicket(parts, socket);
    return id;
  };
  const doubt = (): void => {
    if (socket.streamlit !== undefined) parts.cookieChanges.doubt(socket.streamlit);
  };
  const framed = followPage(parts, socket, isNew, joins !== undefined);
  // The frame is that of the later page.
  if (isPast) framed?.unseen();
  return {
    joins,
    opened(tunnel) {
      accepted();
      socket.place = tunnel;
      socket.opened(tunnel);
      sendTicket(parts, socket);
      framed?.opened();
    },
    fromUpstream(message, isBinary) {
      const id = isBinary && !(learned && framed === undefined) ? learn(message) : undefined;
      if (isBinary && framed !== undefined) {
        if (mayChangeCookies(message)) doubt();
        framed.heard(message, id);
      }
      return framed !== undefined || !learned;
    },
    closed() {
      framed?.closed();
      parts.sockets.remove(socket);
    },
    ...(framed !== undefined && {
      unseen: () => {
        doubt();
        framed.unseen();
      },
      rewrites: () => framed.rewrites(),
      rewrite: (message: Buffer, isBinary: boolean) =>
        isBinary ? framed.rewrite(message) : undefined,
      firstFromPage: (message: Buffer) => framed.firstSaid(message),
      fromPage: (message: Buffer) => framed.said(message),
      judges: () => framed.judges(),
      keeps: () => framed.keeps(),
      left: () => framed.left(),
    }),
  };
}

/** Undefined if no page shows its former content, and no run continues without its page. */
function followPage(
  { frames, runs, lastFrame, resume, sessions }: GatewayParts,
  socket: PageSocket,
  isNew: boolean,
  isJoining: boolean,
): FramedPage | undefined {
  if (!resume || (!lastFrame && !runs.isOn)) return undefined;
  socket.framed = new FramedPage({
    frames,
    runs,
    isNew,
    isJoining,
    showsLast: lastFrame,
    mayReturn: socket.tab !== null,
    streamlit: socket.streamlit,
    session: () => socket.session,
    send: (messages) => socket.place?.send(messages),
    pause: pageMessageText({ pause: true }),
    unless: (widget) => pageMessageText({ unless: widget }),
    close: () => socket.close(),
    older: () => warnOfOlder(sessions.engine),
  });
  return socket.framed;
}

const warned = new WeakSet<object>();

function warnOfOlder(engine: GatewayParts["sessions"]["engine"]): void {
  if (warned.has(engine)) return;
  warned.add(engine);
  engine.warn(
    "a run ends with its page: this version of Streamlit does not name runs as newer ones do.",
  );
}

/** Gives the tab a ticket for its present Streamlit session. */
export function sendTicket(parts: GatewayParts, socket: PageSocket): void {
  const { sessions, streamlitStart, ticketLife } = parts;
  const { session, tab, ephemeral, streamlit, identity, logins } = socket;
  if (tab === null || streamlit === undefined) return;
  const start = streamlitStart() ?? "";
  const ticket = { session, tab, ephemeral, streamlit, identity, start, logins };
  socket.sendTicket(makeTicket(sessions.ring, ticket, ticketLife));
}
