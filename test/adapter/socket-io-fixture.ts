import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Server, type Socket } from "socket.io";
import { WebSocket } from "ws";
import { persistSession as persistPages } from "../../src/adapter/express.ts";
import { persistSession, type SocketIoOptions } from "../../src/adapter/socket-io.ts";
import {
  createSessions,
  currentSession,
  restore,
  sessionOf,
  type Sessions,
} from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import type { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { heldStore } from "./held-store.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";

const unstorable = (() => {}) as unknown as string;

/** Pages and a Socket.IO server that share their sessions. */
export async function withServer(
  work: (app: {
    url: string;
    io: Server;
    sessions: Sessions;
    warnings: string[];
    seen: unknown[];
  }) => Promise<void>,
  options?: SocketIoOptions,
): Promise<void> {
  const warnings: string[] = [];
  const seen: unknown[] = [];
  const log = (line: string): void => void warnings.push(line);
  const sessions = createSessions({
    store: heldStore(),
    secret: SECRET,
    sweepInterval: false,
    log,
  });
  const persist = persistPages(sessions);
  const server = createServer((request, response) =>
    persist(request, response, () => {
      void (async () => {
        if (request.url === "/clear") await currentSession().clear();
        const state = await restore(AppState);
        if (request.url === "/add") state.count++;
        response.end(String(state.count));
      })();
    }),
  );
  const io = new Server(server);
  persistSession(io, sessions, options);
  const serve = (socket: Socket): void => {
    socket.on("add", async (by: number, ack?: (count: number) => void) => {
      const state = await restore(AppState);
      state.count += by;
      ack?.(state.count);
    });
    socket.on("spoil", async (ack: () => void) => {
      (await restore(AppState)).list = [unstorable];
      ack();
    });
    socket.on("leave", async (ack?: (said: string) => void) => {
      await currentSession().clear();
      // Later than the end, but within the listener: it goes on with a fresh session.
      await new Promise((resolve) => setImmediate(resolve));
      ack?.("bye");
    });
    socket.on("wait", async (ack: (said: string) => void) => {
      seen.push("waiting");
      await until("the test lets it go on", () => seen.includes("go on"));
      ack("waited");
    });
    socket.on("throw", () => {
      throw new Error("spilled");
    });
    socket.once("first", async () => {
      seen.push(["first", (await restore(AppState)).count]);
    });
    const gone = (): void => void seen.push("gone");
    socket.on("second", gone);
    assert.deepEqual(socket.listeners("second"), [gone]);
    socket.off("second", gone);
    socket.on("disconnect", async (reason) => {
      seen.push([reason, (await restore(AppState)).count]);
    });
    assert.equal(sessionOf(socket), sessionOf(socket.request));
  };
  io.on("connection", serve);
  io.of("/other").on("connection", serve);
  try {
    await work({ url: await listen(server), io, sessions, warnings, seen });
  } finally {
    await io.close();
    if (server.listening) await stop(server);
    await sessions.close();
  }
}

/** A client that speaks engine.io and Socket.IO's packets over a WebSocket. */
export class Client {
  readonly socket: WebSocket;
  readonly packets: string[] = [];

  constructor(url: string, browser: Browser) {
    const headers = browser.cookies.size > 0 ? { cookie: browser.header } : {};
    const address = `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
    this.socket = new WebSocket(address, { headers });
    this.socket.on("error", () => {});
    this.socket.on("upgrade", (response) => {
      for (const line of response.headers["set-cookie"] ?? []) {
        const [name = "", value = ""] = line.split(";", 1)[0]?.split("=") ?? [];
        browser.cookies.set(name, value);
      }
    });
    this.socket.on("message", (data: Buffer) => this.packets.push(data.toString()));
  }

  async connect(namespace = ""): Promise<this> {
    await this.until((packet) => packet.startsWith("0"));
    this.socket.send(`40${namespace}`);
    await this.until((packet) => packet.startsWith(`40${namespace}`));
    return this;
  }

  emit(event: string, ...args: unknown[]): void {
    this.socket.send(`42${JSON.stringify([event, ...args])}`);
  }

  async ask(id: number, event: string, ...args: unknown[]): Promise<unknown> {
    this.socket.send(`42${id}${JSON.stringify([event, ...args])}`);
    const packet = await this.until((one) => one.startsWith(`43${id}`));
    return JSON.parse(packet.slice(`43${id}`.length));
  }

  async until(matches: (packet: string) => boolean): Promise<string> {
    await until("the packet comes", () => this.packets.some(matches));
    return this.packets.find(matches) ?? "";
  }
}
