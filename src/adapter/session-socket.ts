import { hiddenSlot } from "../hidden-slot.ts";
import type { Session } from "../sessions/index.ts";
import { SocketScopes } from "./socket-scopes.ts";

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

/** What is called when a socket is closed. */
const closers = hiddenSlot<() => void>();

/**
 * A socket on which each message, and the close, is a scope of its session. Only the event is
 * intercepted, not the listeners: however they were added, they can be found and removed as on any
 * socket.
 */
export class SessionSocket {
  readonly #scopes: SocketScopes;

  /** @param whenClosed - called before the app's own listeners of "close" */
  constructor(
    socket: SocketLike,
    session: Session,
    report: (error: unknown) => void,
    whenClosed: () => void,
  ) {
    // Other sessions have the socket, too: their listeners are not asked below.
    const before = closers.get(socket);
    const closed = (): void => {
      whenClosed();
      before?.();
    };
    closers.set(socket, closed);
    this.#scopes = new SocketScopes(session, report, (code, reason) => socket.close(code, reason));
    const emit = socket.emit.bind(socket);
    socket.emit = (event, ...args): boolean => {
      if (event !== "message" && event !== "close") return emit(event, ...args);
      if (event === "close") closed();
      const listeners = socket.rawListeners(event);
      if (listeners.length > 0)
        this.#scopes.run(async () => {
          const ended = await Promise.allSettled(
            // A function that throws at once must not keep the others from being called.
            listeners.map(async (listener) => await (listener.apply(socket, args) as unknown)),
          );
          for (const outcome of ended) if (outcome.status === "rejected") throw outcome.reason;
        });
      return listeners.length > 0;
    };
  }

  /** Closes the socket as soon as no listener is running. */
  sessionEnded(): void {
    this.#scopes.sessionEnded();
  }
}
