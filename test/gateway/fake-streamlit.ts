import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** A WebSocket as Streamlit saw it come. */
export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  /** The entries of Sec-WebSocket-Protocol. */
  readonly entries: readonly string[];
  /** The session that it was given. */
  readonly session: string;
  readonly socket: WebSocket;
}

/** The marks of Streamlit's page: its module in the head, and the element that this fills. */
const PAGE =
  '<!doctype html><html><head><title>x</title><script type="module" crossorigin src="./static/js/index.C1z8KpLA.js">' +
  '</script></head><body><div id="root"></div></body></html>';

/**
 * What of Streamlit the gateway has to do with: a page, host-config, health, and sessions that can
 * be had back by their id.
 */
export class FakeStreamlit {
  readonly arrivals: Arrival[] = [];
  readonly requests: IncomingMessage[] = [];
  healthy = true;
  hostConfig: Readonly<Record<string, unknown>> = {
    allowedOrigins: ["https://a.example"],
    other: 1,
  };
  /** The page's Content-Security-Policy. */
  policy: string | undefined;
  readonly #known = new Set<string>();
  readonly #server = createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => {
    this.requests.push(request);
    const path = new URL(request.url ?? "/", "http://x").pathname;
    if (path.endsWith("/_stcore/health")) {
      response.writeHead(this.healthy ? 200 : 503).end("ok");
    } else if (path.endsWith("/_stcore/host-config")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(this.hostConfig));
    } else {
      response.writeHead(200, {
        "content-type": "text/html",
        "cache-control": "no-cache",
        "content-length": PAGE.length,
        ...(this.policy !== undefined && { "content-security-policy": this.policy }),
      });
      response.end(PAGE);
    }
  });

  async start(): Promise<void> {
    const sockets = new WebSocketServer({
      server: this.#server,
      // Only if the page offers it.
      perMessageDeflate: { threshold: 100 },
      handleProtocols: (protocols) => [...protocols][0] ?? false,
    });
    sockets.on("connection", (socket, { headers }) => {
      const entries = (headers["sec-websocket-protocol"] ?? "").split(",").map((e) => e.trim());
      const [, , wanted] = entries;
      const session = wanted !== undefined && this.#known.has(wanted) ? wanted : randomUUID();
      this.#known.add(session);
      this.arrivals.push({ headers, entries, session, socket });
      socket.send(newSession(session));
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The last WebSocket that came. */
  get last(): Arrival {
    const arrival = this.arrivals.at(-1);
    if (arrival === undefined) throw new Error("No WebSocket has come yet.");
    return arrival;
  }

  /** Forgets its sessions, as a restart would. */
  forget(): void {
    this.#known.clear();
  }

  close(): void {
    for (const { socket } of this.arrivals) socket.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** `ForwardMsg.new_session.initialize.session_id`, as protobuf. */
function newSession(session: string): Buffer {
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  return field(4, field(1, field(6, Buffer.from(session))));
}
