import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { Server, type Socket } from "socket.io";
import { WebSocket } from "ws";
import { persistSession } from "../../src/adapter/express.ts";
import { restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

interface App {
  readonly url: string;
  readonly caught: unknown[];
}

/**
 * A Socket.IO server as its documentation sets one up, with what a middleware does for each
 * handshake.
 */
async function withServer(
  handshake: (request: object) => Promise<void>,
  work: (app: App) => Promise<void>,
): Promise<void> {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  const server = createServer((request, response) =>
    persist(request, response, () => {
      void restore(AppState).then((state) => response.end(String(++state.count)));
    }),
  );
  const io = new Server(server);
  const caught: unknown[] = [];
  io.engine.use(persist);
  io.engine.use((request: object, _response: object, next: (error?: unknown) => void) => {
    // oxlint-disable-next-line promise/no-callback-in-promise -- a middleware's way to go on
    handshake(request).then(() => next(), next);
  });
  io.on("connection", (socket: Socket) => {
    socket.on("add", async () => {
      try {
        await sessionOf(socket.request).run(async () => {
          const state = await restore(AppState);
          state.count++;
          socket.emit("count", state.count);
        });
      } catch (error) {
        caught.push(error);
        socket.emit("failed", (error as { code?: string }).code);
      }
    });
  });
  try {
    await work({ url: await listen(server), caught });
  } finally {
    await io.close();
    if (server.listening) await stop(server);
    await persist.sessions.close();
  }
}

const path = "/socket.io/?EIO=4&transport=";

/** What a client says and hears over a WebSocket, in the packets of engine.io. */
async function overSocket(url: string, browser: Browser, says: string): Promise<string> {
  const cookie = browser.cookies.size > 0 ? { cookie: browser.header } : {};
  const socket = new WebSocket(`${url.replace("http", "ws")}${path}websocket`, { headers: cookie });
  socket.on("upgrade", ({ headers }) => keep(browser, headers["set-cookie"]));
  try {
    for (;;) {
      const [data] = (await once(socket, "message")) as [Buffer];
      const packet = data.toString();
      if (packet.startsWith("0")) socket.send("40");
      else if (packet.startsWith("40")) socket.send(`42["${says}"]`);
      else if (packet.startsWith("42")) return packet.slice(2);
    }
  } finally {
    socket.close();
  }
}

async function overPolling(browser: Browser, says: string): Promise<string> {
  const opened = (await browser.get(`${path}polling`)).text;
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const there = `${path}polling&sid=${sid}`;
  assert.equal((await browser.post(there, "40")).text, "ok");
  assert.match((await browser.get(there)).text, /^40/);
  assert.equal((await browser.post(there, `42["${says}"]`)).text, "ok");
  return (await browser.get(there)).text.slice(2);
}

function keep(browser: Browser, lines: readonly string[] | undefined): void {
  for (const line of lines ?? []) {
    const [pair = ""] = line.split(";");
    browser.cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
}

const nothing = async (): Promise<void> => {};

test("Socket.IO: io.engine.use(persistSession()) gives sockets and polling requests the page's session", async () => {
  await withServer(nothing, async ({ url, caught }) => {
    const browser = new Browser(url);
    assert.equal((await browser.get("/")).text, "1");
    assert.equal(await overSocket(url, browser, "add"), '["count",2]');
    assert.equal(await overPolling(browser, "add"), '["count",3]');
    assert.equal((await browser.get("/")).text, "4");
    assert.deepEqual(caught, []);
  });
});

test("Socket.IO: a visitor without a cookie gets none for nothing, and ERR_HEADERS_SENT says what to do", async () => {
  await withServer(nothing, async ({ url, caught }) => {
    for (const talk of [overSocket.bind(null, url), overPolling]) {
      const browser = new Browser(url);
      assert.equal(await talk(browser, "add"), '["failed","ERR_HEADERS_SENT"]');
      assert.equal(browser.cookies.size, 0);
    }
    for (const error of caught) assert.match((error as Error).message, /session\.start\(\)/);
  });
});

test("Socket.IO: what a middleware changes in the handshake is stored, and the handshake sets the cookie", async () => {
  const add = async (request: object): Promise<void> => {
    (await sessionOf(request).restore(AppState)).count += 10;
  };
  await withServer(add, async ({ url }) => {
    const browser = new Browser(url);
    assert.equal(await overSocket(url, browser, "add"), '["count",11]');
    assert.equal((await browser.get("/")).text, "12");
  });
});

test("Socket.IO: start() in the handshake gives a new visitor the cookie, by socket and by polling", async () => {
  const start = async (request: object): Promise<void> => sessionOf(request).start();
  await withServer(start, async ({ url }) => {
    for (const talk of [overSocket.bind(null, url), overPolling]) {
      const browser = new Browser(url);
      assert.equal(await talk(browser, "add"), '["count",1]');
      assert.equal((await browser.get("/")).text, "2");
    }
  });
});

test("Socket.IO: a change in the handshake that cannot be stored cuts the connection, and the server lives", async () => {
  const spoil = async (request: object): Promise<void> => {
    (await sessionOf(request).restore(AppState)).list = [(() => {}) as unknown as string];
  };
  await withServer(spoil, async ({ url }) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}${path}websocket`);
    socket.on("error", () => {});
    await once(socket, "close");
    assert.equal((await new Browser(url).get("/")).text, "1");
  });
});

test("Socket.IO: an object that takes no headers, as with io.use(), leaves the session to run()", async () => {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  const server = createServer((request, response) =>
    persist(request, response, () => {
      void restore(AppState).then((state) => response.end(String(++state.count)));
    }),
  );
  const io = new Server(server);
  io.use((socket, next) => persist(socket.request, {} as never, () => next()));
  io.on("connection", (socket) => {
    socket.on("add", async () => {
      await sessionOf(socket.request).run(async () => {
        socket.emit("count", ++(await restore(AppState)).count);
      });
    });
  });
  try {
    const url = await listen(server);
    const browser = new Browser(url);
    await browser.get("/");
    assert.equal(await overSocket(url, browser, "add"), '["count",2]');
  } finally {
    await io.close();
    if (server.listening) await stop(server);
  }
});
