import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ProxyTrust } from "../../identity/index.ts";
import type { ProxyContext } from "./context.ts";
import { normalBasePath } from "./base-path.ts";
import { HEALTH_PATH } from "./streamlit-health.ts";
import { openExchange } from "./exchange.ts";
import type { ProxyHooks, UpstreamAddress } from "./hooks.ts";
import { Retry } from "./retry.ts";
import { RequestGate } from "./request-gate.ts";
import { Requests } from "./requests.ts";
import { CLIENT_TIMES, type ClientTimes } from "./server-options.ts";
import { boundRest } from "./slow-client.ts";
import { responseOn, Upgrades } from "./upgrade.ts";

export interface ProxyOptions {
  readonly upstream: () => UpstreamAddress;
  readonly hooks: ProxyHooks;
  /** Streamlit's `server.baseUrlPath`. */
  readonly basePath: string;
  readonly trust: ProxyTrust;
  /** How long requests wait while Streamlit is away, in milliseconds. Default 12,000. */
  readonly holdFor?: number;
  /** Names the running Streamlit. When it changes, stored assets are dropped. */
  readonly streamlitStart?: () => string;
  /** How long clients may take. */
  readonly times?: Partial<ClientTimes>;
  /** Gets one line for each hook that failed. */
  readonly log?: (line: string) => void;
}

export interface Proxy {
  /** For the server's `request` event. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /**
   * For the server's `checkContinue` event: Streamlit decides whether the client should send the
   * body.
   */
  readonly checkContinue: (request: IncomingMessage, response: ServerResponse) => void;
  /** For the server's `upgrade` event. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** For the server's `clientError` event. */
  readonly clientError: (error: Error, socket: Duplex) => void;
  /**
   * Loads and compresses the assets of the first page before its first visitor comes. Never throws.
   */
  warm(): Promise<void>;
  /** Ends every WebSocket and every wait. The caller closes the server. */
  close(): Promise<void>;
}

const HOLD_FOR = 12_000;

/** A proxy in front of one Streamlit. Streamlit's own endpoints are answered by Streamlit alone. */
export function createProxy(options: ProxyOptions): Proxy {
  const { upstream, hooks, trust } = options;
  const basePath = normalBasePath(options.basePath);
  const times = { ...CLIENT_TIMES, ...options.times };
  let aways = 0;
  const context: ProxyContext = {
    upstream,
    hooks,
    basePath,
    trust,
    retry: new Retry(
      upstream,
      `${basePath}${HEALTH_PATH}`,
      options.holdFor ?? HOLD_FOR,
      () => void aways++,
    ),
    report: (error) => options.log?.(`gateway: ${String(error)}`),
    streamlitStart: () => `${aways} ${options.streamlitStart?.() ?? ""}`,
    times,
  };
  const requests = new Requests(context);
  const upgrades = new Upgrades(context);

  // Both handle their own failures. Anything else is a bug here, which must not end the process.
  const reportFailure = (work: Promise<void>): void => void work.catch(context.report);
  const gate = new RequestGate();
  const handle = (request: IncomingMessage, response: ServerResponse, expecting: boolean): void => {
    boundRest(request, response, times.rest);
    if (gate.passes(request, response))
      reportFailure(requests.handle(openExchange(request, basePath, trust), response, expecting));
  };

  return {
    handle: (request, response) => handle(request, response, false),
    checkContinue: (request, response) => handle(request, response, true),
    upgrade(request, duplex, head) {
      const socket = duplex as Socket;
      if (!gate.passesUpgrade(request, socket)) return;
      if (request.headers.upgrade?.toLowerCase() === "websocket" && request.method === "GET")
        reportFailure(upgrades.open(openExchange(request, basePath, trust), socket, head));
      // Only WebSockets are upgraded. A client that asks for h2c accepts an ordinary answer.
      else handle(request, responseOn(request, socket), false);
    },
    clientError: (error, socket) => gate.refuseUnread(error, socket as Socket, times.rest),
    warm: () => requests.warm(),
    async close() {
      context.retry.close();
      upgrades.close();
      requests.close();
    },
  };
}
