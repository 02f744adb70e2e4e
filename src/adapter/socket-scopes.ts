import { PersistError } from "../errors.ts";
import { followEnd, type Session, type Sessions } from "../sessions/index.ts";

/** RFC 6455, 7.4.1: the server cannot fulfil the request. */
const INTERNAL_ERROR = 1011;
/** RFC 6455, 7.4.2: 4000 to 4999 are the application's; this one after HTTP's 401. */
const SESSION_ENDED = 4401;

/**
 * The scopes of one WebSocket, or of one connection of Socket.IO: each of its messages is one, and
 * so is its close.
 */
export class SocketScopes {
  readonly #session: Session;
  readonly #report: (error: unknown) => void;
  readonly #close: (code: number, reason: string) => void;
  #running = 0;
  #over = false;

  /** @param close - closes the socket */
  constructor(
    session: Session,
    report: (error: unknown) => void,
    close: (code: number, reason: string) => void,
  ) {
    this.#session = session;
    this.#report = report;
    this.#close = close;
  }

  /**
   * Runs the app's code as a scope. If that or its commit fails, the socket is closed with 1011.
   * @param committed - called after the commit, before the socket can be closed
   */
  run(work: () => Promise<void>, committed?: () => void): void {
    this.#run(work, committed).catch((error: unknown) => {
      this.#report(error);
      this.#close(INTERNAL_ERROR, error instanceof PersistError ? error.code : "internal error");
    });
  }

  /**
   * Closes the socket with 4401 as soon as no code of the app is running, so that the code that
   * ended the session can still say so.
   */
  sessionEnded(): void {
    this.#over = true;
    if (this.#running === 0) this.#close(SESSION_ENDED, "the session has ended, connect again");
  }

  async #run(work: () => Promise<void>, committed?: () => void): Promise<void> {
    this.#running++;
    try {
      await this.#session.run(work);
      committed?.();
    } finally {
      this.#running--;
      if (this.#over) this.sessionEnded();
    }
  }
}

/** The open sockets of each session. They are told when their session ends, in any process. */
export class OpenSockets {
  readonly #sessions: Sessions;
  readonly #bySession = new Map<string, Set<Pick<SocketScopes, "sessionEnded">>>();
  /** Ends the listening. */
  readonly stop: () => void;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
    this.stop = sessions.on("ended", ({ sessionId }) => {
      for (const socket of this.#bySession.get(sessionId) ?? []) socket.sessionEnded();
    });
  }

  /** @returns the function to call once when the socket is closed */
  add(session: Session, socket: Pick<SocketScopes, "sessionEnded">): () => void {
    // A rotation gives the session another id.
    let id: string;
    try {
      ({ id } = session);
    } catch {
      // Cookies that cannot be read: the first scope that needs the session says so, and closes the
      // socket.
      return () => session.endWatches();
    }
    const sockets = this.#bySession.get(id) ?? new Set();
    this.#bySession.set(id, sockets);
    sockets.add(socket);
    const stopFollowing = followEnd(this.#sessions.engine, id);
    return () => {
      stopFollowing();
      session.endWatches();
      sockets.delete(socket);
      if (sockets.size === 0 && this.#bySession.get(id) === sockets) this.#bySession.delete(id);
    };
  }
}
