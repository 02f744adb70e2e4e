// WebSockets through the proxy, with a real client and a real server at their ends.
import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { WebSocket, WebSocketServer, type ClientOptions, type PerMessageDeflateOptions } from "ws";
import type { ProxyOptions } from "../../src/gateway/proxy/proxy.ts";
import { until } from "../support/until.ts";
import { listening, startProxy, type Gateway, type Listening } from "./proxy-fixture.ts";

export const ACCEPTED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** An upstream that leaves everything about an upgrade to the test, and the proxy before it. */
export async function bare(
  t: TestContext,
  onUpgrade: (socket: Socket) => void,
  options: Partial<ProxyOptions> = {},
): Promise<{ upstream: Listening; gateway: Gateway }> {
  const server = createServer();
  server.on("upgrade", (_, socket: Socket) => onUpgrade(socket));
  const upstream = await listening(t, server);
  return { upstream, gateway: await startProxy(t, upstream.port, options) };
}

export function fail(): never {
  throw new TypeError("on purpose");
}

export interface Pair {
  readonly page: WebSocket;
  readonly far: WebSocket;
  readonly gateway: Gateway;
  readonly upstream: Listening;
}

/** A WebSocket through the proxy, by a real client and a real server. */
export async function pair(
  t: TestContext,
  options: Partial<ProxyOptions> = {},
  client: ClientOptions = {},
  perMessageDeflate: PerMessageDeflateOptions | false = { threshold: 0 },
): Promise<Pair> {
  const server = createServer();
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  const upstream = await listening(t, server);
  const gateway = await startProxy(t, upstream.port, options);
  const page = new WebSocket(
    `ws://127.0.0.1:${gateway.port}/_stcore/stream`,
    ["streamlit", "xsrf"],
    client,
  );
  page.on("error", () => {});
  const [[far]] = (await Promise.all([once(sockets, "connection"), once(page, "open")])) as [
    [WebSocket],
    unknown,
  ];
  far.on("error", () => {});
  t.after(() => page.terminate());
  return { page, far, gateway, upstream };
}

export async function freed({
  gateway,
  upstream,
}: Pick<Pair, "gateway" | "upstream">): Promise<void> {
  await until(
    "every socket is freed",
    () => gateway.sockets.size === 0 && upstream.sockets.size === 0,
  );
}
