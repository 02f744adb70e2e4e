import type { Socket } from "node:net";

/**
 * Notices a page that takes nothing of what waits for it. Streamlit waits for one that is slow, but
 * a run must not wait for one that has gone.
 */
export class StallWatch {
  readonly #maxStall: number;
  readonly #onStuck: (socket: Socket) => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param maxStall - how long it may take nothing, in milliseconds
   * @param onStuck - called when it has taken nothing for that long; it is watched on unless `stop`
   *   is called
   */
  constructor(maxStall: number, onStuck: (socket: Socket) => void) {
    this.#maxStall = maxStall;
    this.#onStuck = onStuck;
  }

  /** Call when something begins to wait for the page. */
  watch(socket: Socket): void {
    clearTimeout(this.#timer);
    const waiting = socket.writableLength;
    this.#timer = setTimeout(() => {
      if (!socket.writableNeedDrain || socket.destroyed) return;
      const isStuck = socket.writableLength >= waiting;
      this.watch(socket);
      if (isStuck) this.#onStuck(socket);
    }, this.#maxStall).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
