import { EventEmitter } from "node:events";

/**
 * The events of `sessions.on`, for logs and metrics. No event carries a token or stored content.
 */
export interface SessionEvents {
  /** A state was given to the app. */
  restore: { state: string; fresh: boolean };
  /**
   * Changes were written and acknowledged. `attributes` is how many, `bytes` of how many bytes,
   * `milliseconds` how long it took.
   */
  commit: { states: string[]; attributes: number; bytes: number; milliseconds: number };
  /**
   * Changes came too late and were not stored: the state was cleared, or the session ended, in the
   * meantime.
   */
  dropped: { state: string; reason: "cleared" | "session-ended" };
  /**
   * A session ended: by `clear()` or `rotate()` of this process, by `maxLifetime`, or found to have
   * been ended by another.
   */
  ended: { sessionId: string; reason: "cleared" | "rotated" | "expired" | "elsewhere" };
  /** A cookie was refused: not ours, damaged or forged. */
  refused: { reason: "token" };
  /** A sweep removed expired records. */
  sweep: { removed: number };
  /** A sweep was put off because the clock jumped. */
  "sweep-paused": { reason: "clock-jumped" };
  /** A failure that no caller could be told about. */
  error: { error: unknown };
}

/** The names of the events that `sessions.on` takes. */
export type SessionEventName = keyof SessionEvents;

/** Why a session has ended. */
export type EndReason = SessionEvents["ended"]["reason"];

/** Typed events. A listener that throws never breaks the code that emits. */
export class Events {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  on<N extends SessionEventName>(name: N, listener: (event: SessionEvents[N]) => void): () => void {
    this.#emitter.on(`on-${name}`, listener);
    return () => void this.#emitter.off(`on-${name}`, listener);
  }

  emit<N extends SessionEventName>(name: N, event: SessionEvents[N]): void {
    for (const listener of this.#emitter.listeners(`on-${name}`)) {
      try {
        listener(event);
      } catch (error) {
        if (name !== "error") this.emit("error", { error });
      }
    }
  }

  listens(name: SessionEventName): boolean {
    return this.#emitter.listenerCount(`on-${name}`) > 0;
  }
}
