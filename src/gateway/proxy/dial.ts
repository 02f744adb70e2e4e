import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { whenConnected, type Answer } from "./ask.ts";
import type { Client } from "./client.ts";
import type { UpstreamAddress } from "./hooks.ts";
import { UpstreamFailure } from "./retry.ts";

/** Streamlit's side of a WebSocket that it accepted. */
export interface Accepted {
  readonly socket: Socket;
  readonly response: IncomingMessage;
  /** The bytes that came together with the answer. */
  readonly head: Buffer;
}

/** Opens sockets whose two directions end independently. */
export class TunnelAgent extends Agent {
  override createConnection(options: NetConnectOpts): Socket {
    return connect({ ...options, allowHalfOpen: true });
  }
}

/**
 * Asks Streamlit for a WebSocket. An answer other than 101 is an ordinary answer.
 *
 * @throws {UpstreamFailure}
 */
export function dial(
  { host, port }: UpstreamAddress,
  path: string,
  headers: OutgoingHttpHeaders,
  agent: Agent,
  client: Client,
): Promise<Accepted | Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host, port, path, headers, agent });
    const forget = client.onGone(() => request.destroy());
    let connected = false;
    request.once("socket", (socket) => {
      whenConnected(socket, () => (connected = true));
    });
    request.once("upgrade", (response, socket: Socket, head) => {
      forget();
      if (client.gone) {
        socket.destroy();
        reject(new UpstreamFailure("gone"));
      } else resolve({ response, socket, head });
    });
    request.once("response", (response) => resolve({ request, response }));
    request.on("error", (error) => {
      forget();
      request.destroy();
      const kind = client.gone ? "gone" : connected ? "broken" : "away";
      reject(new UpstreamFailure(kind, error));
    });
    request.end();
  });
}
