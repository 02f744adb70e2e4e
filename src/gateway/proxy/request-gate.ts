import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hasBody } from "./ask.ts";
import { refusalOf } from "./clear-request.ts";
import { answerProblem } from "./problem.ts";
import { responseOn } from "./upgrade.ts";

/**
 * Lets only requests through that every server reads the same way. The connection of any other is
 * closed.
 */
export class RequestGate {
  /** What follows on these connections is not a request: it may be the body of the one before. */
  readonly #refused = new WeakSet<Socket>();
  /**
   * How many requests of a connection have not been answered yet: clients may send several at once.
   */
  readonly #open = new WeakMap<Socket, number>();

  passes(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    // The answer to the one before closes the connection.
    if (this.#refused.has(socket)) return false;
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      this.#refused.add(socket);
      answerProblem(response, refusal);
      return false;
    }
    this.#count(socket, 1);
    response.once("close", () => this.#count(socket, -1));
    return true;
  }

  passesUpgrade(request: IncomingMessage, socket: Socket): boolean {
    // No browser asks for an upgrade behind another request, whose answer would then run into what
    // is upgraded.
    if (this.#refused.has(socket) || (this.#open.get(socket) ?? 0) > 0) {
      socket.on("error", () => {});
      socket.destroy();
      return false;
    }
    // Node hands the socket over with the body unread, so that there is no telling where the next
    // request begins.
    const refusal = refusalOf(request) ?? (hasBody(request) ? 400 : undefined);
    if (refusal === undefined) return true;
    answerProblem(responseOn(request, socket), refusal);
    return false;
  }

  #count(socket: Socket, change: number): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 0) + change);
  }
}
