import type { IncomingMessage } from "node:http";
import type { Sessions } from "../sessions.ts";
import type { SessionsOptions } from "../sessions/options.ts";
import { bindSession } from "../sessions/session-of.ts";
import { sessionsFrom } from "./node-adapter.ts";
import { RequestSession } from "./request-session.ts";
import { type Listener, SessionSocket, type SocketLike } from "./session-socket.ts";

export type { Sessions, SessionsOptions };

/** As much of a `WebSocketServer` of the package `ws` as is needed. */
export interface WebSocketServerLike {
  on(event: string, listener: Listener): unknown;
  prependListener(event: string, listener: Listener): unknown;
}

/** How sockets get their session. */
export interface SocketOptions {
  /**
   * Gives a visitor without a cookie one in the answer to the upgrade. Without it such a visitor has to load a page that
   * stores something first. Default false, since it gives a cookie to those who store nothing too.
   */
  readonly cookieOnUpgrade?: boolean;
}

/**
 * Sessions for WebSockets: `persistSession(wss)` before the server's first connection. Each message is a scope: `restore` works in the
 * listeners of "message" (and of "close"), and what they change is committed when they are done (those added by `addEventListener`
 * or as `onmessage` must be done when they return, since `ws` hands on no promise of theirs). Messages do not wait for one another; those
 * that overlap share their objects. A listener or a commit that fails closes the socket with 1011; a session that ends (clear,
 * rotate, logout elsewhere) closes its sockets with 4401, so that the page connects again with its new cookie.
 */
export function persistSession(
  server: WebSocketServerLike,
  options?: SessionsOptions | Sessions,
  { cookieOnUpgrade = false }: SocketOptions = {},
): { readonly sessions: Sessions } {
  const sessions = sessionsFrom(options);
  const bySession = new Map<string, Set<SessionSocket>>();
  const upgrading = new WeakMap<IncomingMessage, RequestSession>();

  const report = (error: unknown): void => sessions.report(error);
  const sessionFor = (request: IncomingMessage): RequestSession => {
    const known = upgrading.get(request);
    if (known !== undefined) return known;
    const made = new RequestSession(sessions, {
      request,
      headers: request.headers,
      cookie: request.headers.cookie,
      remoteAddress: request.socket.remoteAddress,
      encrypted: "encrypted" in request.socket && request.socket.encrypted === true,
    });
    upgrading.set(request, made);
    return made;
  };

  server.on("headers", ((headers: string[], request: IncomingMessage) => {
    const upgrade = sessionFor(request);
    const told = cookieOnUpgrade && upgrade.session.isNew;
    if (told) headers.push(`Set-Cookie: ${upgrade.cookie("set")}`);
    upgrade.session.seal(told);
  }) as Listener);

  // Before the app's own listener, whose listeners of messages are to be scopes.
  server.prependListener("connection", ((socket: SocketLike, request: IncomingMessage) => {
    const { session } = sessionFor(request);
    bindSession(socket, session);
    const { id } = session;
    const sockets = bySession.get(id) ?? new Set();
    bySession.set(id, sockets);
    const attached = new SessionSocket(socket, session, report, () => {
      session.endWatches();
      sockets.delete(attached);
      if (sockets.size === 0 && bySession.get(id) === sockets) bySession.delete(id);
    });
    sockets.add(attached);
  }) as Listener);

  const stop = sessions.on("ended", ({ sessionId }) => {
    for (const socket of bySession.get(sessionId) ?? []) socket.sessionEnded();
  });
  server.on("close", stop);
  return { sessions };
}
