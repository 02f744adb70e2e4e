import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hasBody } from "./ask.ts";
import { refusalOf } from "./clear-request.ts";
import { answerProblem } from "./problem.ts";
import { dropRest, statusOfUnread, unreadAnswer } from "./unread-request.ts";
import { responseOn } from "./upgrade.ts";

/**
 * Lets only requests through that every server reads the same way. The connection of any other is
 * closed.
 */
export class RequestGate {
  /** What follows on these connections is not a request: it may be the body of the one before. */
  readonly #refused = new WeakSet<Socket>();
  /** The answers of a connection that have not ended yet: clients may send several at once. */
  readonly #open = new WeakMap<Socket, Set<ServerResponse>>();

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
    const open = this.#open.get(socket) ?? new Set();
    this.#open.set(socket, open.add(response));
    response.once("close", () => open.delete(response));
    return true;
  }

  passesUpgrade(request: IncomingMessage, socket: Socket): boolean {
    // No browser asks for an upgrade behind another request, whose answer would then run into what
    // is upgraded.
    if (this.#refused.has(socket) || (this.#open.get(socket)?.size ?? 0) > 0) {
      socket.on("error", () => {});
      socket.destroy();
      return false;
    }
    // Node hands the socket over with the body unread, so the beginning of the next request is
    // unknown.
    const refusal = refusalOf(request) ?? (hasBody(request) ? 400 : undefined);
    if (refusal === undefined) return true;
    answerProblem(responseOn(request, socket), refusal);
    return false;
  }

  /**
   * Answers what Node could not read as a request, if the connection still allows an answer. For a
   * server's `clientError` event.
   *
   * @param rest - how long the client may go on sending, in milliseconds
   */
  refuseUnread(error: Error, socket: Socket, rest: number): void {
    const status = statusOfUnread(error);
    const open = [...(this.#open.get(socket) ?? [])];
    // One error is reported again for each later chunk, and when the time for a head is over.
    if (this.#refused.has(socket)) dropRest(socket, rest);
    else if (status === undefined || !socket.writable || open.some((one) => one.headersSent))
      socket.destroy();
    else {
      this.#refused.add(socket);
      socket.end(unreadAnswer(status));
      // If a request is open, it has its answer now, and no other may follow. A slow client has had
      // its time.
      if (open.length > 0 || status === 408) socket.destroySoon();
      else dropRest(socket, rest);
    }
  }
}
