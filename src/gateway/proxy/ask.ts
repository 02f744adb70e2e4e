import {
  Agent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Client } from "./client.ts";
import type { UpstreamAddress } from "./hooks.ts";
import { UploadAgent } from "./patient-socket.ts";
import { UpstreamFailure } from "./retry.ts";
import { MAX_HEADER_SIZE } from "./server-options.ts";
import { watchPauses } from "./slow-client.ts";

/** A request as it goes to Streamlit. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** The request with the body, if there is one. */
  readonly body?: IncomingMessage;
  /** Set if the client waits for permission to send the body (`Expect: 100-continue`). */
  readonly expecting?: ServerResponse;
}

export interface Answer {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

/** Methods that do the same when they are sent twice (RFC 9110, 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** Whether the request carries a body, by its headers. */
export function hasBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  return coding !== undefined || (length !== undefined && Number(length) > 0);
}

/** The connections to Streamlit. */
export class Connections {
  readonly #pause: number;
  // uvicorn closes a connection that was idle for 5 s. This side closes it earlier, so no request
  // is lost to that race.
  readonly #kept = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 4_000 });
  readonly #own = new UploadAgent({});

  /** @param pause - the longest between two pieces of a body, in milliseconds */
  constructor(pause: number) {
    this.#pause = pause;
  }

  /** One attempt. @throws {UpstreamFailure} */
  ask(
    { host, port }: UpstreamAddress,
    question: Question,
    client: Client,
    fresh: boolean,
  ): Promise<Answer> {
    const { method, path, headers, body } = question;
    const replayable = body === undefined && IDEMPOTENT.has(method);
    return new Promise((resolve, reject) => {
      const agent = replayable && !fresh ? this.#kept : this.#own;
      const request = httpRequest({
        host,
        port,
        method,
        path,
        headers,
        agent,
        maxHeaderSize: MAX_HEADER_SIZE,
      });
      const forget = client.onGone(() => request.destroy());
      let connected = false;
      request.once("socket", (socket) => {
        whenConnected(socket, () => {
          connected = true;
          send(request, question, this.#pause);
        });
      });
      request.once("response", (response) => resolve({ request, response }));
      // Never removed: an upload that is cut short after its answer emits one more error.
      request.on("error", (error) => {
        forget();
        reject(new UpstreamFailure(kindOf(client, connected, replayable, request), error));
      });
      request.once("close", forget);
      // The body begins only once there is a connection. Until then nothing of it is lost, and it
      // can wait.
      if (body === undefined) request.end();
    });
  }

  close(): void {
    this.#kept.destroy();
    this.#own.destroy();
  }
}

/** Calls back once the socket is connected; at once if it is. */
export function whenConnected(socket: Socket, then: () => void): void {
  if (socket.connecting) socket.once("connect", then);
  else then();
}

function kindOf(
  client: Client,
  connected: boolean,
  replayable: boolean,
  request: ClientRequest,
): UpstreamFailure["kind"] {
  if (client.gone) return "gone";
  if (!connected) return "away";
  if (!replayable) return "failed";
  return request.reusedSocket ? "stale" : "broken";
}

function send(request: ClientRequest, { body, expecting }: Question, pause: number): void {
  if (body === undefined) return;
  if (expecting === undefined) {
    pour(body, request, pause);
    return;
  }
  request.flushHeaders();
  request.once("continue", () => {
    expecting.writeContinue();
    pour(body, request, pause);
  });
}

function pour(body: IncomingMessage, request: ClientRequest, pause: number): void {
  body.pipe(request, { end: false });
  watchPauses(body, pause);
  body.once("end", () => request.end());
}
