import { PersistError } from "../errors.ts";
import type { Session } from "../sessions/session.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- what EventEmitter itself takes
export type Listener = (...args: any[]) => any;

/** As much of a `WebSocket` of the package `ws` as is needed. */
export interface SocketLike {
  on(event: string, listener: Listener): unknown;
  once(event: string, listener: Listener): unknown;
  addListener(event: string, listener: Listener): unknown;
  prependListener(event: string, listener: Listener): unknown;
  close(code?: number, reason?: string): void;
}

/** RFC 6455, 7.4.1: the server cannot fulfil the request. */
const INTERNAL_ERROR = 1011;
/** RFC 6455, 7.4.2: 4000 to 4999 are the application's; this one after HTTP's 401. */
export const SESSION_ENDED = 4401;

/** A socket whose listeners run as scopes of its session. */
export class SessionSocket {
  readonly #socket: SocketLike;
  readonly #session: Session;
  readonly #report: (error: unknown) => void;
  readonly #on: SocketLike["on"];
  #running = 0;
  #over = false;

  constructor(socket: SocketLike, session: Session, report: (error: unknown) => void) {
    this.#socket = socket;
    this.#session = session;
    this.#report = report;
    this.#on = socket.on.bind(socket);
    for (const method of ["on", "once", "addListener", "prependListener"] as const) {
      const original = socket[method].bind(socket);
      socket[method] = (event, listener) => {
        original(
          event,
          event === "message" || event === "close" ? this.#asScope(listener) : listener,
        );
        return socket;
      };
    }
  }

  whenClosed(listener: () => void): void {
    this.#on("close", listener);
  }

  /** Closes the socket as soon as no listener is at work any more, so that the one that ended the session can still say so. */
  sessionEnded(): void {
    this.#over = true;
    if (this.#running === 0)
      this.#socket.close(SESSION_ENDED, "the session has ended, connect again");
  }

  #asScope(listener: Listener): Listener {
    const wrapped: Listener & { listener?: Listener } = (...args) => {
      this.#run(async () => {
        await (listener.apply(this.#socket, args) as unknown);
      }).catch((error: unknown) => this.#failed(error));
    };
    // What EventEmitter looks at, so that `off` finds the listener that the app knows.
    wrapped.listener = listener;
    return wrapped;
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.#running++;
    try {
      await this.#session.run(work);
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
