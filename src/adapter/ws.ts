import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  bindSession,
  isForeignSocket,
  RequestSession,
  type Sessions,
  type GivenOptions,
  type SessionsOptions,
} from "../sessions/index.ts";
import { adopt } from "./adopted.ts";
import { peerOf } from "./peer-of.ts";
import { type Listener, SessionSocket, type SocketLike } from "./session-socket.ts";
import { OpenSockets } from "./socket-scopes.ts";

export type { Sessions, SessionsOptions };

/** The part of a `WebSocketServer` of the package `ws` that the adapter uses. */
export interface WebSocketServerLike {
  /** Adds a listener. */
  on(event: string, listener: Listener): unknown;
  /** Adds a listener before all others. */
  prependListener(event: string, listener: Listener): unknown;
  /** Answers an upgrade. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the request and socket types of `ws` are Node's own
  handleUpgrade?(...args: any[]): void;
}

/** How sockets get their session. */
export interface SocketOptions {
  /**
   * Gives a visitor without a cookie one in the answer to the upgrade. Without it such a visitor
   * has to load a page that stores something first. Default false, because visitors who store
   * nothing would get a cookie, too.
   */
  readonly cookieOnUpgrade?: boolean;
}

/**
 * Sessions for WebSockets: `persistSession(wss)` before the server's first connection. Each message
 * is a scope: `restore` works in the listeners of "message" (and of "close"), and their changes are
 * committed when they are done (those added by `addEventListener` or as `onmessage` must be done
 * when they return, because `ws` does not pass on their promises). Messages do not wait for one
 * another; those that overlap share their objects. A listener or a commit that fails closes the
 * socket with 1011; a session that ends (clear, rotate, logout elsewhere) closes its sockets with
 * 4401, so that the page connects again with its new cookie.
 *
 * The upgrade of a page of another origin is answered with 403, unless the option `allowOrigin`
 * names that origin: browsers let every page connect, and send the cookie along. Clients that send
 * no Origin, such as programs, are let through.
 *
 * @throws PersistError `ERR_OPTION_INVALID`, `ERR_STORE_URL`, `ERR_SECRET_…`, at once
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/ws";
 * import { WebSocketServer } from "ws";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * const server = createServer();
 * const sockets = new WebSocketServer({ server });
 * persistSession(sockets, undefined, { cookieOnUpgrade: true });
 * sockets.on("connection", (socket) => {
 *   socket.on("message", async (data) => {
 *     const cart = await restore(Cart);
 *     cart.items.push(String(data)); // stored when the listener is done
 *   });
 * });
 * server.listen(3000);
 * ```
 */
export function persistSession<U extends string = string>(
  server: WebSocketServerLike,
  options?: GivenOptions<IncomingMessage, U> | Sessions,
  { cookieOnUpgrade = false }: SocketOptions = {},
): { readonly sessions: Sessions } {
  const { sessions, isNew } = adopt(server, options);
  if (!isNew) return { sessions };
  const open = new OpenSockets(sessions);
  const upgrading = new WeakMap<IncomingMessage, RequestSession>();

  refuseForeign(server, sessions);
  const report = (error: unknown): void => sessions.report(error);
  const sessionFor = (request: IncomingMessage): RequestSession => {
    const known = upgrading.get(request);
    if (known !== undefined) return known;
    const made = new RequestSession(sessions, {
      request,
      headers: request.headers,
      cookie: request.headers.cookie,
      ...peerOf(request),
    });
    upgrading.set(request, made);
    return made;
  };

  server.on("headers", ((headers: string[], request: IncomingMessage) => {
    const upgrade = sessionFor(request);
    const told = cookieOnUpgrade && upgrade.session.isNew;
    if (told) {
      const { name, value } = upgrade.header("set");
      headers.push(`${name === "set-cookie" ? "Set-Cookie" : name}: ${value}`);
    }
    upgrade.session.headersLeft(told);
  }) as Listener);

  // Before the app's own listener: the listeners of messages that it adds must become scopes.
  server.prependListener("connection", ((socket: SocketLike, request: IncomingMessage) => {
    const { session } = sessionFor(request);
    bindSession(socket, session);
    const attached = new SessionSocket(socket, session, report, () => closed());
    const closed = open.add(session, attached);
  }) as Listener);

  server.on("close", open.stop);
  return { sessions };
}

/** Before `ws` answers: a listener of its events comes too late for a refusal. */
function refuseForeign(server: WebSocketServerLike, sessions: Sessions): void {
  const handle = server.handleUpgrade?.bind(server) as UpgradeHandler | undefined;
  if (handle === undefined) return;
  const checked: UpgradeHandler = (request, socket, ...rest) => {
    const asked = { headers: request.headers, ...peerOf(request) };
    if (isForeignSocket(sessions, asked, "it was answered with 403")) refuse(socket);
    else handle(request, socket, ...rest);
  };
  server.handleUpgrade = checked;
}

type UpgradeHandler = (request: IncomingMessage, socket: Duplex, ...rest: unknown[]) => void;

function refuse(socket: Duplex): void {
  const text = "Pages of this origin may not connect.\n";
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}
