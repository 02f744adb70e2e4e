import {
  createServer,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Sessions } from "../sessions/index.ts";
import { AdoptTickets, ASSERTION_HEADER, ticketLife } from "./tickets/index.ts";
import {
  CLIENT_TIMES,
  type ClientTimes,
  createProxy,
  type Exchange,
  normalBasePath,
  type ProxyHooks,
  serverOptions,
  type UpstreamAddress,
} from "./proxy/index.ts";
import {
  answerOwn,
  changeHtml,
  KnownHostConfig,
  loadPageScript,
  ReadyCheck,
} from "./page/index.ts";
import { Frames, type FrameOptions, KeptRuns } from "./frame/index.ts";
import type { GatewayParts } from "./gateway-parts.ts";
import {
  closeEnded,
  CookieChanges,
  LoginCookies,
  Moves,
  noteCookies,
  sessionMoved,
  Sockets,
  upgrade,
  Visitors,
  withoutOwnCookie,
} from "./tabs/index.ts";
import { describePeer, PEER_HEADER } from "./peer.ts";
import type { SessionMoved } from "./service/index.ts";
import { UntrustedProxyWarning } from "./untrusted-proxy.ts";

/**
 * How long a frame is kept without a page if nothing says how long Streamlit keeps its session, in
 * seconds: its own default.
 */
const DEFAULT_KEEP_FOR = 120;

export interface GatewayOptions {
  readonly sessions: Sessions;
  /** Where Streamlit listens; asked for each new connection. */
  readonly upstream: () => UpstreamAddress;
  /** Streamlit's `server.baseUrlPath`. */
  readonly basePath?: string;
  /** Whether a reloaded page gets its live Streamlit session back. Default true. */
  readonly resume?: boolean;
  /** How long Streamlit keeps a session without an open page, in seconds. */
  readonly keepFor?: number;
  /**
   * What a reloaded page shows before its script has run, and how long runs continue without their
   * page.
   */
  readonly frame?: FrameOptions;
  /**
   * Which start of Streamlit runs now: any text that differs after a restart. Without it, each lost
   * connection counts as a restart.
   */
  readonly streamlitStart?: () => string | undefined;
  /**
   * Whether a browser gets another session id, with its states kept, when a user signs in to
   * Streamlit or out. Default true.
   */
  readonly rotateOnLogin?: boolean;
  /**
   * The cookies by which the app itself knows who is signed in: a tab whose login is gone does not
   * get its live Streamlit session back.
   */
  readonly loginCookies?: readonly string[];
  /** The names in Streamlit's `server.trustedUserHeaders`; taken only from trusted proxies. */
  readonly trustedUserHeaders?: readonly string[];
  /** How long clients may take before they are cut off; tests use shorter times. */
  readonly times?: Partial<ClientTimes>;
  /**
   * Whether Streamlit's process has our start module, which removes the headers about the browser
   * before the app sees them. Default false.
   */
  readonly tellsPeer?: boolean;
  /** The certificate and its key (PEM), if the gateway itself serves HTTPS. Default: plain HTTP. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** How many tabs have session state that is kept over restarts: for `/_persist/health`. */
  readonly keptTabs?: (() => number | undefined) | undefined;
}

/** A Streamlit server as browsers see it. */
export interface Gateway {
  /** Not listening yet. */
  readonly server: Server;
  /** Call when the state service has given a session another id, or ended it. */
  sessionMoved(event: SessionMoved): void;
  /** Call if no reload may give a page this Streamlit session back, not even while it runs. */
  freshAfterReload(streamlit: string): void;
  /** Gets ready for the first visitor, once Streamlit can be reached. Never throws. */
  warm(): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { sessions, upstream } = options;
  const basePath = normalBasePath(options.basePath);
  const times = { ...CLIENT_TIMES, ...options.times };
  const streamlitStart = options.streamlitStart ?? ((): undefined => undefined);
  const parts: GatewayParts = {
    sessions,
    upstream,
    basePath,
    visitors: new Visitors(sessions),
    sockets: new Sockets(),
    moves: new Moves(),
    adoptTickets: new AdoptTickets(sessions.ring),
    readyCheck: new ReadyCheck(),
    script: loadPageScript(),
    resume: options.resume ?? true,
    frames: new Frames({
      ...options.frame,
      keepFor: (options.keepFor ?? DEFAULT_KEEP_FOR) * 1000,
    }),
    runs: new KeptRuns(options.frame),
    lastFrame: options.frame?.lastFrame ?? true,
    ticketLife: ticketLife(options.keepFor ?? 0),
    streamlitStart,
    hostConfig: new KnownHostConfig(streamlitStart),
    loginCookies: new LoginCookies(sessions.ring, options.loginCookies ?? []),
    cookieChanges: new CookieChanges(),
    rotateOnLogin: options.rotateOnLogin ?? true,
    trustedUserHeaders: (options.trustedUserHeaders ?? []).map((name) => name.toLowerCase()),
    times,
    tellsPeer: options.tellsPeer ?? false,
    keptTabs: options.keptTabs,
  };
  if (parts.rotateOnLogin) sessions.engine.beginnings.followLogins();
  const proxy = createProxy({
    upstream,
    hooks: hooksOf(parts),
    basePath: parts.basePath,
    trust: sessions.trust,
    streamlitStart: () => parts.streamlitStart() ?? "",
    times,
    log: (line) => sessions.engine.warn(line),
  });
  const unlisten = closeEnded(parts);
  const { tls } = options;
  const handle: RequestListener = (request, response) => proxy.handle(request, response);
  const server =
    tls === undefined
      ? createServer(serverOptions(times), handle)
      : createTlsServer({ ...serverOptions(times), ...tls }, handle);
  // Above its limit Node drops headers silently; the proxy refuses such requests.
  server.maxHeadersCount = 0;
  server.on("checkContinue", (request, response) => proxy.checkContinue(request, response));
  server.on("clientError", (error, socket) => proxy.clientError(error, socket));
  server.on("upgrade", (request, socket, head) => proxy.upgrade(request, socket, head));
  return {
    server,
    sessionMoved: (event) => {
      sessionMoved(parts, event).catch((error: unknown) => sessions.report(error));
    },
    freshAfterReload: (streamlit) => parts.sockets.finish(streamlit),
    warm: () => proxy.warm(),
    async close() {
      unlisten();
      parts.moves.close();
      server.close();
      await proxy.close();
      server.closeAllConnections();
    },
  };
}

function hooksOf(parts: GatewayParts): ProxyHooks {
  const { trust, engine } = parts.sessions;
  const untrusted = new UntrustedProxyWarning(trust, (line) => engine.warn(line));
  return {
    answer: async (exchange, response) => {
      noteCookies(parts, exchange);
      return await answerOwn(parts, exchange, response);
    },
    headers: (exchange, headers) => cleanHeaders(parts, exchange, headers),
    html: async (exchange, page) => {
      untrusted.check(exchange);
      return await changeHtml(parts, exchange, page);
    },
    hostConfig: (exchange, config) => parts.hostConfig.answer(parts.sessions, exchange, config),
    upgrade: async (exchange, headers) =>
      isPageSocket(exchange) ? await upgrade(parts, exchange, headers) : undefined,
  };
}

/**
 * Whether an upgrade may be one for Streamlit's own endpoint. Each of its servers reads paths in
 * its own lenient way (escapes, a slash or a line break at the end, a fragment), and none of these
 * may bypass the checks here.
 */
function isPageSocket({ upstreamUrl }: Exchange): boolean {
  const [path = ""] = upstreamUrl.split("?");
  const plain = path.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
  return plain.includes("/_stcore/stream");
}

/** Hides our cookie, and headers that a client has no right to send, from Streamlit and the app. */
function cleanHeaders(
  { sessions, trustedUserHeaders, tellsPeer }: GatewayParts,
  exchange: Exchange,
  headers: OutgoingHttpHeaders,
): void {
  const { request } = exchange;
  delete headers[ASSERTION_HEADER];
  delete headers[PEER_HEADER];
  if (tellsPeer) headers[PEER_HEADER] = describePeer(exchange, sessions.trust);
  const cookie = withoutOwnCookie(headers["cookie"] as string | undefined, sessions.cookie);
  if (cookie === undefined) delete headers["cookie"];
  else headers["cookie"] = cookie;
  if (sessions.trust.trusts(request.socket.remoteAddress)) return;
  for (const name of trustedUserHeaders) delete headers[name];
}
