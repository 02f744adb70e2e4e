import type { ServerResponse } from "node:http";

/** A client that waits for an answer, and may go away before it comes. */
export interface Client {
  readonly gone: boolean;
  /** @returns the function that removes the listener */
  onGone(listener: () => void): () => void;
}

/** The client of a request: gone if its connection closed before the whole answer was written. */
export function clientOf(response: ServerResponse): Client {
  return {
    get gone() {
      return response.closed && !response.writableFinished;
    },
    onGone(listener) {
      const onClose = (): void => {
        if (!response.writableFinished) listener();
      };
      response.once("close", onClose);
      return () => response.off("close", onClose);
    },
  };
}
