import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import { isHttp2 } from "../http2.ts";

type Headers = OutgoingHttpHeaders | readonly unknown[];

/** What a status message may consist of (RFC 9112, 4). */
const FORBIDDEN_IN_MESSAGE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Status and message as they were when the app gave its answer: assignments while it waits have no
 * effect.
 */
export class DeferredHead {
  readonly #response: ServerResponse;
  readonly #status: number;
  readonly #message: string | undefined;

  /** @throws what Node throws, if the response's status or message is invalid */
  constructor(response: ServerResponse) {
    checkHead(response);
    this.#response = response;
    this.#status = response.statusCode;
    this.#message = isHttp2(response) ? undefined : response.statusMessage;
  }

  restore(): void {
    if (this.#response.statusCode !== this.#status) this.#response.statusCode = this.#status;
    if (isHttp2(this.#response)) return;
    if (this.#response.statusMessage !== this.#message)
      this.#response.statusMessage = this.#message as string;
  }
}

/**
 * Sets status and headers as `writeHead(status, message?, headers?)` does, and sends nothing.
 * Headers come as an object, as pairs or as a flat list: each name replaces what was set before,
 * repeated names in a list add up.
 *
 * @throws what Node's own writeHead throws for these arguments
 */
export function takeHead(response: ServerResponse, args: readonly unknown[]): void {
  const [status, second, third] = args;
  const message = typeof second === "string" ? second : undefined;
  const headers = (message === undefined ? (third ?? second) : third) as Headers | undefined;
  if (isHttp2(response)) response.statusCode = status as number;
  else takeStatus(response, status, message);
  if (Array.isArray(headers)) takeList(response, headers);
  else if (typeof headers === "object" && headers !== null) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (name !== "") response.setHeader(name, value as string);
    }
  }
  checkHead(response);
}

/**
 * @throws what Node would throw as soon as the head is written, if the status or its message is
 * invalid
 */
export function checkHead(response: ServerResponse): void {
  // The setters of HTTP/2's response have looked already.
  if (isHttp2(response)) return;
  const { statusCode, statusMessage } = response;
  const forbidden = statusMessage && FORBIDDEN_IN_MESSAGE.test(statusMessage);
  if (!isStatus(statusCode) || forbidden) throwAsNode(statusCode, statusMessage);
}

function takeStatus(response: ServerResponse, status: unknown, message: string | undefined): void {
  if (!isStatus(status)) throwAsNode(status, message);
  response.statusCode = Number(status) | 0;
  if (message !== undefined) response.statusMessage = message;
}

function takeList(response: ServerResponse, headers: readonly unknown[]): void {
  const nested = headers.length > 0 && headers.every((entry) => Array.isArray(entry));
  const flat = nested ? headers.flat() : headers;
  if (flat.length % 2 !== 0) throwAsNode(200, undefined, headers);
  for (let at = 0; at < flat.length; at += 2) {
    if (flat[at]) response.removeHeader(flat[at] as string);
  }
  for (let at = 0; at < flat.length; at += 2) {
    const [name, value] = [flat[at] as string, flat[at + 1]];
    if (name)
      response.appendHeader(name, (typeof value === "number" ? String(value) : value) as string);
  }
}

function isStatus(status: unknown): boolean {
  // What Node's own `|=` does with it.
  const code = (status as number) | 0;
  return code >= 100 && code <= 999;
}

/**
 * Lets Node itself refuse it, on a response that is never sent: its errors are what callers know.
 */
function throwAsNode(status: unknown, message: string | undefined, headers?: unknown): never {
  const request = { method: "GET", httpVersionMajor: 1, httpVersionMinor: 1, headers: {} };
  const response = new ServerResponse(request as unknown as IncomingMessage);
  response.writeHead(status as number, message as string, headers as OutgoingHttpHeaders);
  throw new TypeError("The head of this response cannot be written.");
}
