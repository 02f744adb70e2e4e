import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  type Server,
} from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createProxy, type Proxy, type ProxyOptions } from "../../src/gateway/proxy/proxy.ts";
import { CLIENT_TIMES, serverOptions } from "../../src/gateway/proxy/server-options.ts";
import { parseTrustProxy } from "../../src/identity/trust-proxy.ts";

/** A server and the sockets that are open to it. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
}

/** Listens on a free port, or a given one, until the test has ended. */
export async function listening(t: TestContext, server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

/** A server in Streamlit's place. */
export function startUpstream(t: TestContext, handler: RequestListener): Promise<Listening> {
  return listening(t, createServer(handler));
}

export interface Gateway extends Listening {
  readonly proxy: Proxy;
  readonly log: string[];
}

/** The proxy in front of an upstream port. */
export async function startProxy(
  t: TestContext,
  upstreamPort: number | (() => number),
  options: Partial<ProxyOptions> = {},
): Promise<Gateway> {
  const log: string[] = [];
  const proxy = createProxy({
    upstream: () => ({
      host: "127.0.0.1",
      port: typeof upstreamPort === "number" ? upstreamPort : upstreamPort(),
    }),
    hooks: {},
    basePath: "",
    trust: parseTrustProxy(false),
    log: (line) => log.push(line),
    ...options,
  });
  const server = createServer(serverOptions({ ...CLIENT_TIMES, ...options.times }), proxy.handle);
  server.maxHeadersCount = 0;
  server.on("checkContinue", proxy.checkContinue);
  server.on("upgrade", proxy.upgrade);
  server.on("clientError", proxy.clientError);
  const gateway = await listening(t, server);
  t.after(() => proxy.close());
  return { ...gateway, proxy, log };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly message: IncomingMessage;
}

/** One request, on a connection of its own. */
export async function ask(
  port: number,
  options: RequestOptions & { body?: string | Buffer } = {},
): Promise<Reply> {
  const { body, ...rest } = options;
  const request = httpRequest({ host: "127.0.0.1", port, agent: false, ...rest });
  request.end(body);
  const [message] = (await once(request, "response")) as [IncomingMessage];
  // What is left of an upload when the answer has come does not matter.
  request.on("error", () => {});
  return await replyOf(message);
}

export async function replyOf(message: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body: Buffer.concat(chunks),
    message,
  };
}

/**
 * A bare connection, for what no decent client would send. What comes back is collected as text.
 */
export class RawClient {
  readonly socket: Socket;
  text = "";
  /** Whether no more will come: the other side has said so, or the connection was reset. */
  ended = false;
  closed = false;

  constructor(t: TestContext, port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Buffer) => (this.text += chunk.toString("latin1")));
    this.socket.on("end", () => (this.ended = true));
    this.socket.on("close", () => (this.ended = this.closed = true));
    t.after(() => this.socket.destroy());
  }

  send(text: string | Buffer): this {
    this.socket.write(text);
    return this;
  }
}

/** A WebSocket's opening lines. */
export function upgradeText(path: string, ...headers: string[]): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: app.example:8501",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
