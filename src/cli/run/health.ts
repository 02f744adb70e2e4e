import { get, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const PAUSE = 50;
const TIMEOUT = 5000;

/** Where a process is asked whether it is ready, and its last answer. */
export class HealthPoll {
  readonly url: string;
  readonly #isReady: (response: IncomingMessage) => boolean;
  #last = "no answer yet";

  /** @param isReady - whether an answer means that the process is ready; by default 200 does */
  constructor(
    port: number,
    path: string,
    isReady: (response: IncomingMessage) => boolean = ({ statusCode }) => statusCode === 200,
  ) {
    this.url = `http://127.0.0.1:${port}${path}`;
    this.#isReady = isReady;
  }

  /** The last answer, in words for the log. */
  get last(): string {
    return this.#last;
  }

  /**
   * Waits until the process is ready. Never resolves otherwise: end it by the signal, which rejects
   * it.
   */
  async untilReady(signal: AbortSignal): Promise<void> {
    while (!(await this.#ask(signal))) await delay(PAUSE, undefined, { signal });
  }

  async #ask(signal: AbortSignal): Promise<boolean> {
    return await new Promise((resolve) => {
      const request = get(this.url, { agent: false, signal }, (response) => {
        response.resume();
        this.#last = describe(response);
        resolve(this.#isReady(response));
      });
      request.setTimeout(TIMEOUT, () =>
        request.destroy(new Error(`none within ${TIMEOUT / 1000} s`)),
      );
      request.on("error", (error: NodeJS.ErrnoException) => {
        if (!signal.aborted)
          this.#last = error.code === "ECONNREFUSED" ? "none, the port is closed" : error.message;
        resolve(false);
      });
    });
  }
}

/** "404 Not Found, application/json, from uvicorn". */
function describe({ statusCode, statusMessage, headers }: IncomingMessage): string {
  const { "content-type": type, server } = headers;
  const status = `${statusCode} ${statusMessage ?? ""}`.trim();
  return [status, type ?? [], server === undefined ? [] : `from ${String(server)}`]
    .flat()
    .join(", ");
}
