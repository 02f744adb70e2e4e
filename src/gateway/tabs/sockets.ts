import { endInTime, type Engine } from "../../sessions/records/index.ts";
import { type PageMessage, pageMessageText } from "./page-message.ts";
import type { SeenLogins } from "./login-cookies.ts";
import type { FramedPage } from "../frame/index.ts";
import type { JoinableTunnel, Tunnel } from "../proxy/index.ts";

/** How many Streamlit sessions that lost their socket, or are finished, are remembered. */
const MAX_CLOSED = 10_000;

/**
 * How many tickets of one socket are remembered: a page in the background may miss some. Of each
 * the last characters, of its signature, are enough.
 */
const MAX_TICKETS = 8;
const TICKET_END = 16;

/** The owner of a page's WebSocket. */
export interface SocketOwner {
  readonly session: string;
  /** Null if the page gave none. Such a page cannot resume. */
  readonly tab: string | null;
  readonly ephemeral: boolean;
  readonly identity: string;
  /** A hash of the login cookies; undefined if no one is signed in by them. */
  readonly login: string | undefined;
  /** The app's own login cookies that it came with. */
  readonly logins: SeenLogins;
  /** A hash of all cookies that may be logins; undefined if no run may be joined. */
  readonly cookies?: string;
  /** By these, a changed cookie is found out later. */
  readonly cookieMarks?: Uint32Array;
  /** Streamlit's own session id, if the socket resumes that session. */
  readonly streamlit: string | undefined;
}

/** A page's WebSocket, from its admission to its end. */
export class PageSocket {
  /** Its session. A `rotate()` gives it another. */
  session: string;
  streamlit: string | undefined;
  readonly tab: string | null;
  readonly ephemeral: boolean;
  readonly identity: string;
  readonly login: string | undefined;
  logins: SeenLogins;
  readonly cookies: string | undefined;
  readonly cookieMarks: Uint32Array;
  /** The ends of the last tickets that its page was sent. */
  readonly #tickets: string[] = [];
  /** What its page shows; undefined if that is not needed. */
  framed: FramedPage | undefined;
  /** Where another page can take its place. */
  place: JoinableTunnel | undefined;
  /** Resolves when both sides are closed. */
  readonly gone: Promise<void>;
  #resolveGone: () => void = () => {};
  #tunnel: Tunnel | undefined;
  #isClosing = false;
  #stopClock: () => void = () => {};
  readonly #waiting: string[] = [];

  constructor(owner: SocketOwner) {
    const { session, tab, ephemeral, identity, login, logins, streamlit } = owner;
    this.cookies = owner.cookies;
    this.cookieMarks = owner.cookieMarks ?? new Uint32Array(0);
    this.session = session;
    this.tab = tab;
    this.ephemeral = ephemeral;
    this.identity = identity;
    this.login = login;
    this.logins = logins;
    this.streamlit = streamlit;
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  /** Sends the page a message, at once or as soon as the socket is open. */
  send(message: PageMessage): void {
    const text = pageMessageText(message);
    if (this.#tunnel === undefined) this.#waiting.push(text);
    else this.#tunnel.sendText(text);
  }

  sendTicket(ticket: string): void {
    this.#tickets.push(ticket.slice(-TICKET_END));
    if (this.#tickets.length > MAX_TICKETS) this.#tickets.shift();
    this.send({ ticket });
  }

  /** Whether a page with this ticket is the one that has or had this socket. */
  hasSent(ticket: string | undefined): boolean {
    return ticket !== undefined && this.#tickets.includes(ticket.slice(-TICKET_END));
  }

  /** Closes the socket. The page connects again by itself. */
  close(): void {
    this.#isClosing = true;
    this.#tunnel?.close();
  }

  /**
   * Ends its session in time, even while the page stays open. Call again when the session has
   * changed.
   */
  keepTime(engine: Engine): void {
    this.#stopClock();
    this.#stopClock = endInTime(engine, this.session);
  }

  /** Call when Streamlit has accepted the socket. */
  opened(tunnel: Tunnel): void {
    this.#tunnel = tunnel;
    for (const text of this.#waiting.splice(0)) tunnel.sendText(text);
    if (this.#isClosing) tunnel.close();
  }

  closed(): void {
    // Another page may have it now.
    this.#tunnel = this.place = undefined;
    this.#stopClock();
    this.#resolveGone();
  }
}

/** The WebSockets of all pages of this gateway. */
export class Sockets {
  readonly #open = new Set<PageSocket>();
  /** When a Streamlit session lost its socket. */
  readonly #lost = new Map<string, number>();
  /** The Streamlit sessions that must not be resumed after a reload. */
  readonly #finished = new Set<string>();
  /** The tabs that `signOut` closed, with the login that each had. */
  readonly #signedOut = new Map<string, string>();

  add(owner: SocketOwner): PageSocket {
    const socket = new PageSocket(owner);
    this.#open.add(socket);
    return socket;
  }

  remove(socket: PageSocket): void {
    if (!this.#open.delete(socket)) return;
    if (socket.streamlit !== undefined) {
      if (this.#lost.size >= MAX_CLOSED) this.#lost.clear();
      this.#lost.set(socket.streamlit, Date.now());
    }
    socket.closed();
  }

  /**
   * Closes the session's tabs whose login differs from that of this newest one. Streamlit knows
   * each page by the login of its connection, so a logout would not reach the other tabs. Their
   * pages connect again with the present login.
   */
  signOut({ session, tab, login }: PageSocket): void {
    // It was closed for its login and came back with the same one. So it has a login of its own,
    // and the others are right, too.
    const isOwn = tab !== null && login !== undefined && this.#signedOut.get(tab) === login;
    if (isOwn) return;
    for (const other of this.of(session)) {
      if (other.login === undefined || other.login === login) continue;
      if (other.tab !== null) {
        if (this.#signedOut.size >= MAX_CLOSED) this.#signedOut.clear();
        this.#signedOut.set(other.tab, other.login);
      }
      other.close();
    }
  }

  /** The open sockets of a session or, if `tab` is given, of one of its tabs. */
  of(session: string, tab?: string | null): PageSocket[] {
    return [...this.#open].filter(
      (socket) => socket.session === session && (tab === undefined || socket.tab === tab),
    );
  }

  /** The sockets that hold a Streamlit session. */
  holding(streamlit: string): PageSocket[] {
    return [...this.#open].filter((socket) => socket.streamlit === streamlit);
  }

  /** No reload gives this Streamlit session back from now on. Streamlit never uses an id again. */
  finish(streamlit: string): void {
    if (this.#finished.size >= MAX_CLOSED) this.#finished.clear();
    this.#finished.add(streamlit);
  }

  isFinished(streamlit: string): boolean {
    return this.#finished.has(streamlit);
  }

  /**
   * How long a Streamlit session has been without a socket, in milliseconds; undefined if unknown.
   */
  away(streamlit: string): number | undefined {
    const since = this.#lost.get(streamlit);
    return since === undefined ? undefined : Date.now() - since;
  }
}
