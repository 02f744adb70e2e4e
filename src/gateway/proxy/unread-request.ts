import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { problemText, type Problem } from "./problem.ts";

const STATUS: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * The status that answers bytes that Node's parser refused, or a head that took too long. Undefined
 * if the connection itself failed, so that nothing can be answered.
 */
export function statusOfUnread(error: Error & { code?: string }): Problem | undefined {
  const { code = "" } = error;
  return STATUS[code] ?? (code.startsWith("HPE_") ? 400 : undefined);
}

/** A whole answer, for a connection that has no response object. */
export function unreadAnswer(status: Problem): string {
  const body = problemText(status);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

const dropped = new WeakSet<Socket>();

/**
 * Reads and drops what a client still sends behind a request that was refused. If it stayed unread,
 * the system would reset the connection, and the client could lose the answer (RFC 9112, section
 * 9.6).
 *
 * @param rest - how long the client may go on, in milliseconds, before the connection is cut
 */
export function dropRest(socket: Socket, rest: number): void {
  if (dropped.has(socket)) return;
  dropped.add(socket);
  // Takes the bytes away from the parser, which would refuse each piece anew.
  socket.removeAllListeners("data");
  socket.on("data", () => {});
  socket.on("error", () => {});
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), rest);
  socket.once("close", () => clearTimeout(timer));
}
