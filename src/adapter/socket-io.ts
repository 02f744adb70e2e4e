import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { PersistError } from "../errors.ts";
import { hiddenSlot } from "../hidden-slot.ts";
import {
  bindSession,
  isForeignSocket,
  type Session,
  type Sessions,
  type GivenOptions,
  type SessionsOptions,
  sessionOf,
} from "../sessions/index.ts";
import { adopt } from "./adopted.ts";
import { attach, type Attached, passFailure } from "./node/index.ts";
import { peerOf } from "./peer-of.ts";
import { type ScopedSocket, scopeListeners } from "./socket-listeners.ts";
import { OpenSockets, SocketScopes } from "./socket-scopes.ts";

export type { Sessions, SessionsOptions };

/** The part of a Socket.IO `Server` that the adapter uses. */
export interface SocketIoServerLike {
  /** The engine, once the server is attached. */
  readonly engine?: unknown;
  /** The main namespace. */
  readonly sockets: EventEmitter;
  /** The HTTP server that it is attached to. */
  readonly httpServer?: EventEmitter | undefined;
  /** Reports each further namespace. */
  on(event: "new_namespace", listener: (namespace: EventEmitter) => void): unknown;
}

/** How sockets get their session. */
export interface SocketIoOptions {
  /**
   * Whether the handshake gives a visitor without a cookie one, so that the socket's events can
   * change something. Without it such a visitor has to load a page that stores something first.
   * Default true.
   */
  readonly cookieOnHandshake?: boolean;
}

interface Engine {
  use(
    middleware: (
      request: IncomingMessage & { readonly _query?: Readonly<Record<string, unknown>> },
      response: ServerResponse,
      next: (error?: unknown) => void,
    ) => void,
  ): void;
}

interface SocketIoSocket extends ScopedSocket {
  readonly request: IncomingMessage;
  readonly conn: EventEmitter & { close(): void };
}

/**
 * Sessions for Socket.IO: `persistSession(io)` once the server is attached, before its first
 * connection. Each event is a scope: `restore` works in the listeners, and their changes are
 * committed when they are done, before their acknowledgement is sent. A failed listener or commit
 * closes the connection, and so does the end of the session (clear, rotate, logout elsewhere): the
 * client connects again by itself, with its new cookie.
 *
 * @throws PersistError `ERR_OPTION_INVALID` if the server is not attached yet, or other sessions
 * have taken the cookie
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { persist, restore } from "persist-session";
 * import { persistSession } from "persist-session/socket.io";
 * import { Server } from "socket.io";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * persist("cart", Cart);
 *
 * const server = createServer();
 * const io = new Server(server);
 * persistSession(io);
 * io.on("connection", (socket) => {
 *   socket.on("add", async (item: string, done: (count: number) => void) => {
 *     const cart = await restore(Cart);
 *     done(cart.items.push(item)); // sent when the item is stored
 *   });
 * });
 * server.listen(3000);
 * ```
 */
export function persistSession<U extends string = string>(
  io: SocketIoServerLike,
  options?: GivenOptions<IncomingMessage, U> | Sessions,
  { cookieOnHandshake = true }: SocketIoOptions = {},
): { readonly sessions: Sessions } {
  const engine = io.engine as Engine | undefined;
  if (typeof engine?.use !== "function") {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      "This Socket.IO server has no engine yet. Call persistSession(io) after new Server(httpServer) or io.attach(httpServer).",
    );
  }
  const { sessions, isNew } = adopt(io, options);
  if (!isNew) return { sessions };
  const own = hiddenSlot<Session>();
  const connections = new Connections(sessions, io, (request) => own.get(request));
  engine.use((request, response, next) => {
    // Browsers let any page connect, and send the cookie along. Such a page must get neither the
    // session nor, in its place, a fresh one.
    const asked = { headers: request.headers, ...peerOf(request) };
    if (isForeignSocket(sessions, asked, "it was refused")) {
      next(new Error("Pages of this origin may not connect."));
      return;
    }
    let attached: Attached;
    try {
      attached = attach(sessions, request, response, (error) =>
        passFailure(sessions, { request, response, held: attached.held }, error, next),
      );
    } catch (error) {
      sessions.report(error);
      next(error);
      return;
    }
    const { scope, held } = attached;
    own.set(request, scope.session);
    const begin = async (): Promise<void> => {
      const { session } = scope;
      const isHandshake = request._query?.["sid"] === undefined;
      if (cookieOnHandshake && isHandshake && session.isNew) await session.start();
      next();
    };
    scope.enter(begin).catch((error: unknown) => held.fail(error));
  });
  const cover = (namespace: EventEmitter): void => {
    // Before the app's own listener: the listeners of events that it adds must become scopes.
    namespace.prependListener("connection", (socket: SocketIoSocket) => connections.open(socket));
  };
  cover(io.sockets);
  io.on("new_namespace", cover);
  return { sessions };
}

/**
 * The open connections, each with its session. A connection may carry the sockets of several
 * namespaces.
 */
class Connections {
  readonly #sessions: Sessions;
  readonly #sessionFor: (request: IncomingMessage) => Session | undefined;
  readonly #open: OpenSockets;
  readonly #known = new WeakMap<object, SocketScopes>();

  /**
   * @param io - listening stops when its HTTP server closes
   * @param sessionFor - what the handshake has found
   */
  constructor(
    sessions: Sessions,
    io: SocketIoServerLike,
    sessionFor: (request: IncomingMessage) => Session | undefined,
  ) {
    this.#sessions = sessions;
    this.#sessionFor = sessionFor;
    this.#open = new OpenSockets(sessions);
    io.httpServer?.once("close", this.#open.stop);
  }

  open(socket: SocketIoSocket): void {
    const { conn, request } = socket;
    const session = this.#sessionFor(request) ?? sessionOf(request);
    bindSession(socket, session);
    let scopes = this.#known.get(conn);
    if (scopes === undefined) {
      // To the client this is a lost connection: it reconnects with its new cookie.
      scopes = new SocketScopes(
        session,
        (error) => this.#sessions.report(error),
        () => conn.close(),
      );
      this.#known.set(conn, scopes);
      conn.once("close", this.#open.add(session, scopes));
    }
    scopeListeners(socket, scopes);
  }
}
