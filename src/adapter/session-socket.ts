import { PersistError } from "../errors.ts";
import type { Session } from "../sessions/index.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- what EventEmitter itself takes
export type Listener = (...args: any[]) => any;

/** The part of a `WebSocket` of the package `ws` that the adapter uses. */
export interface SocketLike {
  // oxlint-disable-next-line typescript/no-explicit-any -- what EventEmitter itself takes
  emit(event: string | symbol, ...args: any[]): boolean;
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- what EventEmitter itself gives
  rawListeners(event: string): Function[];
  close(code?: number, reason?: string): void;
}

/** RFC 6455, 7.4.1: the server cannot fulfil the request. */
const INTERNAL_ERROR = 1011;
/** RFC 6455, 7.4.2: 4000 to 4999 are the application's; this one after HTTP's 401. */
const SESSION_ENDED = 4401;

/**
 * A socket each of whose messages is a scope of its session, and its closing one too. The event is
 * what is taken over, not the listeners: however they were added, they are found and removed as on
 * any socket.
 */
export class SessionSocket {
  readonly #socket: SocketLike;
  readonly #session: Session;
  readonly #report: (error: unknown) => void;
  #running = 0;
  #over = false;

  /** @param whenClosed - called before the app's own listeners of "close" */
  constructor(
    socket: SocketLike,
    session: Session,
    report: (error: unknown) => void,
    whenClosed: () => void,
  ) {
    this.#socket = socket;
    this.#session = session;
    this.#report = report;
    const emit = socket.emit.bind(socket);
    socket.emit = (event, ...args): boolean => {
      if (event !== "message" && event !== "close") return emit(event, ...args);
      if (event === "close") whenClosed();
      const listeners = socket.rawListeners(event);
      if (listeners.length > 0)
        this.#run(listeners, args).catch((error: unknown) => this.#failed(error));
      return listeners.length > 0;
    };
  }

  /**
   * Closes the socket as soon as no listener is at work any more, so that the one that ended the
   * session can still say so.
   */
  sessionEnded(): void {
    this.#over = true;
    if (this.#running === 0)
      this.#socket.close(SESSION_ENDED, "the session has ended, connect again");
  }

  // oxlint-disable-next-line typescript/no-unsafe-function-type -- what EventEmitter itself gives
  async #run(listeners: readonly Function[], args: readonly unknown[]): Promise<void> {
    this.#running++;
    try {
      await this.#session.run(async () => {
        const ended = await Promise.allSettled(
          // A function that throws at once must not keep the others from being called.
          listeners.map(async (listener) => await (listener.apply(this.#socket, args) as unknown)),
        );
        for (const outcome of ended) if (outcome.status === "rejected") throw outcome.reason;
      });
    } finally {
      this.#running--;
      if (this.#over) this.sessionEnded();
    }
  }

  #failed(error: unknown): void {
    this.#report(error);
    this.#socket.close(
      INTERNAL_ERROR,
      error instanceof PersistError ? error.code : "internal error",
    );
  }
}
