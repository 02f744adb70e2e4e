import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { persistSession } from "../../src/adapter/http.ts";
import { persistSession as persistSockets, type SocketOptions } from "../../src/adapter/ws.ts";
import { createSessions, currentSession, restore } from "../../src/index.ts";
import type { Sessions } from "../../src/sessions/sessions.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { type HeldStore, heldStore } from "./held-store.ts";
import { listen, stop } from "../support/listen.ts";

/** A page's side of a socket. */
export interface Client {
  readonly socket: WebSocket;
  /** What has come so far. */
  readonly received: string[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** The Set-Cookie headers of the answer to the upgrade. */
  readonly setCookies: readonly string[];
}

/** An app with pages and sockets that share their sessions. */
export interface SocketApp {
  readonly sessions: Sessions;
  readonly store: HeldStore;
  readonly reported: unknown[];
  readonly browser: () => Browser;
  /** A browser that has stored something, so that it has a cookie. */
  readonly known: () => Promise<Browser>;
  readonly connect: (browser: Browser) => Promise<Client>;
}

/** Runs the work with an app whose sockets are set up by `onSocket`. */
export async function withSockets(
  onSocket: (socket: WebSocket) => void,
  work: (app: SocketApp) => Promise<void>,
  options: SocketOptions = {},
): Promise<void> {
  const store = heldStore();
  const sessions = createSessions({ store, secret: SECRET, sweepInterval: false, log: () => {} });
  const reported: unknown[] = [];
  sessions.on("error", ({ error }) => void reported.push(error));
  const persist = persistSession(sessions);
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) =>
    persist(request, response, async () => {
      if (request.url === "/clear") await currentSession().clear();
      else if (request.url === "/rotate") await currentSession().rotate();
      else {
        const state = await restore(AppState);
        if (request.url === "/add") state.count++;
        response.end(JSON.stringify(state));
        return;
      }
      response.end("done");
    }),
  );
  const wss = new WebSocketServer({ server });
  persistSockets(wss, sessions, options);
  wss.on("connection", onSocket);
  const url = await listen(server);
  try {
    await work({
      sessions,
      store,
      reported,
      browser: () => new Browser(url),
      known: async () => {
        const browser = new Browser(url);
        await browser.get("/add");
        return browser;
      },
      connect: async (browser) => await open(url, browser),
    });
  } finally {
    for (const socket of wss.clients) socket.terminate();
    wss.close();
    await stop(server);
    await sessions.close();
  }
}

async function open(url: string, browser: Browser): Promise<Client> {
  const headers = browser.cookies.size > 0 ? { cookie: browser.header } : {};
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  const received: string[] = [];
  let setCookies: readonly string[] = [];
  socket.on("upgrade", (response) => (setCookies = response.headers["set-cookie"] ?? []));
  socket.on("message", (data: Buffer) => received.push(String(data)));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await once(socket, "open");
  return { socket, received, closed, setCookies };
}
