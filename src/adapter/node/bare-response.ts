import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestScope } from "../../sessions/index.ts";

type HeadersOf = Pick<ServerResponse, "getHeader" | "setHeader" | "writeHead">;

/**
 * Whether it is a response of Node, which can be held back. Otherwise it is an object that
 * Socket.IO passes instead.
 */
export function isWhole(response: object): response is ServerResponse {
  return "appendHeader" in response && "flushHeaders" in response;
}

/**
 * What Socket.IO gives its middlewares as the response to a WebSocket's upgrade: an object that
 * takes headers, and whose `writeHead()` says that they are leaving. It cannot be held back. So the
 * scope ends there: a middleware's changes are committed then, and if that fails, the connection is
 * cut. If the object takes no headers at all, the scope ends at once.
 */
export class BareResponse {
  readonly #request: IncomingMessage;
  readonly #scope: RequestScope;
  readonly #report: (error: unknown) => void;
  #over = false;

  constructor(
    request: IncomingMessage,
    response: object,
    scope: RequestScope,
    report: (error: unknown) => void,
  ) {
    this.#request = request;
    this.#scope = scope;
    this.#report = report;
    if (!takesHeaders(response)) {
      this.#leave(undefined);
      return;
    }
    const { writeHead } = response;
    response.writeHead = (...args: unknown[]) => {
      this.#leave(response);
      return Reflect.apply(writeHead, response, args) as ServerResponse;
    };
    // A handshake that is refused writes no head.
    request.socket.once("close", () => this.#leave(undefined));
  }

  /** Nothing of it is held back. */
  readonly begun = true;

  /** There is nothing to wait with. */
  async commitFirst(): Promise<void> {}

  /** The handler's promise was rejected. */
  fail(error: unknown): void {
    this.#report(error);
    this.#leave(undefined);
    this.#request.socket.destroy();
  }

  #leave(response: HeadersOf | undefined): void {
    if (this.#over) return;
    this.#over = true;
    try {
      if (response === undefined) this.#scope.session.headersLeft(false);
      else this.#addCookie(response);
    } catch (error) {
      this.#failed(error);
    }
    this.#scope.end().catch((error: unknown) => this.#failed(error));
  }

  #addCookie(response: HeadersOf): void {
    const due = this.#scope.headers(true);
    if (due === undefined) return;
    // Each name becomes one line, so a second cookie needs the same name in other letters.
    const isSecond = due.name === "set-cookie" && response.getHeader(due.name) !== undefined;
    response.setHeader(isSecond ? "Set-Cookie" : due.name, due.value);
  }

  #failed(error: unknown): void {
    this.#report(error);
    this.#request.socket.destroy();
  }
}

function takesHeaders(response: object): response is HeadersOf {
  return "writeHead" in response && "setHeader" in response && "getHeader" in response;
}
