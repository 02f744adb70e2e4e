import { ServerResponse, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { readableOffer } from "./deflate.ts";
import { type Accepted, dial, TunnelAgent } from "./dial.ts";
import { passedOn, requestHeaders } from "./headers.ts";
import { AskAgain, type Exchange, type JoinableTunnel, type SocketWatcher } from "./hooks.ts";
import { joinAnswer } from "./join-answer.ts";
import { answerHeaders, passOn } from "./pass-on.ts";
import { answerProblem } from "./problem.ts";
import type { ProxyContext } from "./context.ts";
import { UpstreamFailure } from "./retry.ts";
import { SocketTunnel } from "./tunnel.ts";
import { guarded } from "./watcher.ts";
import { WaitingSocket } from "./waiting-socket.ts";

/** Opens WebSockets between pages and Streamlit. */
export class Upgrades {
  readonly #context: ProxyContext;
  readonly #agent = new TunnelAgent();
  readonly #tunnels = new Set<SocketTunnel>();

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  async open(exchange: Exchange, socket: Socket, head: Buffer): Promise<void> {
    const { retry, upstream, hooks, trust, report } = this.#context;
    const client = new WaitingSocket(socket, head);
    let watcher: SocketWatcher | undefined;
    try {
      const headers = requestHeaders(exchange, trust);
      headers["connection"] = "Upgrade";
      headers["upgrade"] = "websocket";
      hooks.headers?.(exchange, headers);
      watcher = guarded(await hooks.upgrade?.(exchange, headers), report);
      if (watcher?.joins !== undefined) {
        joinOther(exchange.request, client, socket, watcher.joins, watcher);
        return;
      }
      if (watcher !== undefined) {
        const offer = readableOffer(headers["sec-websocket-extensions"]);
        if (offer === undefined) delete headers["sec-websocket-extensions"];
        else headers["sec-websocket-extensions"] = offer;
      }
      const answer = await retry.hold(client, () =>
        dial(upstream(), exchange.upstreamUrl, headers, this.#agent, client),
      );
      const early = client.release();
      if ("socket" in answer) {
        this.#join(answer, socket, watcher, early);
        return;
      }
      const response = responseOn(exchange.request, socket);
      response.once("close", () => answer.request.destroy());
      passOn(answer, response, answerHeaders(answer));
    } catch (error) {
      client.release();
      this.#refuse(exchange.request, socket, error);
    }
    watcher?.closed?.();
  }

  /** Closes every socket; their pages see 1001. */
  close(): void {
    for (const tunnel of this.#tunnels) tunnel.close();
    this.#agent.destroy();
  }

  #join(
    accepted: Accepted,
    page: Socket,
    watcher: SocketWatcher | undefined,
    early: readonly Buffer[],
  ): void {
    const extensions = accepted.response.headers["sec-websocket-extensions"];
    const { stall } = this.#context.times;
    const tunnel = new SocketTunnel(page, accepted.socket, watcher, extensions, stall, () =>
      this.#tunnels.delete(tunnel),
    );
    this.#tunnels.add(tunnel);
    page.write(switching(accepted.response), "latin1");
    watcher?.opened?.(tunnel);
    tunnel.start(accepted.head, early);
  }

  #refuse(request: IncomingMessage, socket: Socket, error: unknown): void {
    const known = error instanceof UpstreamFailure;
    const isExpected = known || error instanceof AskAgain;
    if (!isExpected) this.#context.report(error);
    if (socket.destroyed || (known && error.kind === "gone")) socket.destroy();
    else
      answerProblem(
        responseOn(request, socket),
        error instanceof AskAgain ? 409 : known ? 502 : 500,
      );
  }
}

/**
 * Gives the page the upstream socket of another page. @throws AskAgain if that has gone meanwhile
 */
function joinOther(
  request: IncomingMessage,
  client: WaitingSocket,
  socket: Socket,
  tunnel: JoinableTunnel,
  watcher: SocketWatcher,
): void {
  const answer = joinAnswer(request);
  if (!(tunnel instanceof SocketTunnel) || !tunnel.canJoin || answer === undefined || client.gone)
    throw new AskAgain("The page's place has gone; it connects again.");
  const early = client.release();
  socket.write(answer, "latin1");
  tunnel.join(socket, watcher, early);
}

/** Makes an ordinary response on a socket that asked for an upgrade. The socket closes after it. */
export function responseOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on("error", () => {});
  socket.on("drain", () => response.emit("drain"));
  response.once("finish", () => {
    response.detachSocket(socket);
    // Discards what the client still sends: left unread, it would make the kernel drop the answer.
    socket.resume();
    socket.destroySoon();
  });
  return response;
}

function switching(response: IncomingMessage): string {
  const headers: OutgoingHttpHeaders = passedOn(response);
  let text = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  for (const [name, value] of Object.entries(headers))
    for (const one of Array.isArray(value) ? value : [String(value)]) text += `${name}: ${one}\r\n`;
  return `${text}\r\n`;
}
