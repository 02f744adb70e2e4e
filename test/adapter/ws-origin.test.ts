/* oxlint-disable typescript/no-misused-promises -- what listeners give is waited for by the adapter */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import Fastify from "fastify";
import { WebSocket, WebSocketServer } from "ws";
import { persistSession as persistFastify } from "../../src/adapter/fastify.ts";
import { withSession } from "../../src/adapter/hono.ts";
import { persistSession } from "../../src/adapter/ws.ts";
import { createSessions, restore, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

/** A session with a count of 7, and the cookie that names it. */
async function known(options: SessionsOptions = {}) {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const sessions = createSessions({
    store: "memory:",
    secret: SECRET,
    sweepInterval: false,
    log,
    ...options,
  });
  const session = await sessions.open();
  await session.run(async () => {
    (await restore(AppState)).count = 7;
  });
  return { sessions, lines, cookie: `persist-session=${session.token}` };
}

async function withServer(
  sessions: Sessions,
  work: (url: string) => Promise<void>,
  attach = (server: ReturnType<typeof createServer>, wss: WebSocketServer): void =>
    void server.on("upgrade", (request, socket, head) =>
      wss.handleUpgrade(request, socket, head, (ws) => wss.emit("connection", ws, request)),
    ),
): Promise<void> {
  const server = createServer();
  const wss = new WebSocketServer({ noServer: true });
  persistSession(wss, sessions);
  wss.on("connection", (socket) => {
    socket.on("message", async () => socket.send(String((await restore(AppState)).count)));
  });
  attach(server, wss);
  const url = await listen(server);
  try {
    await work(url);
  } finally {
    for (const socket of wss.clients) socket.terminate();
    wss.close();
    await stop(server);
    await sessions.close();
  }
}

/** What a page of that origin hears: the count, or the status that refused it. */
async function ask(url: string, headers: Record<string, string>): Promise<string | number> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  try {
    return await new Promise((resolve, reject) => {
      socket.on("unexpected-response", (request, { statusCode }: IncomingMessage) => {
        request.destroy();
        resolve(statusCode ?? 0);
      });
      socket.on("error", reject);
      socket.on("open", () => socket.send("count"));
      socket.on("message", (data: Buffer) => resolve(String(data)));
    });
  } finally {
    socket.on("error", () => {});
    socket.terminate();
  }
}

const FOREIGN = ["http://127.0.0.1:1", "http://evil.example", "null", "nonsense"];

test("promise 6 (Isolation): ws answers a page of another origin with 403, and one line says what to do", async () => {
  const { sessions, lines, cookie } = await known();
  await withServer(sessions, async (url) => {
    for (const origin of FOREIGN) assert.equal(await ask(url, { cookie, origin }), 403, origin);
    assert.equal(await ask(url, { cookie, origin: url, "sec-fetch-site": "same-site" }), 403);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /127\.0\.0\.1:1.*allowOrigin/);
    assert.equal(await ask(url, { cookie, origin: url }), "7");
    // A program, which has the cookie because its owner gave it one.
    assert.equal(await ask(url, { cookie }), "7");
  });
});

test("promise 6 (Isolation): ws refuses a foreign page when its server listens by itself, or has its port from a proxy", async () => {
  const { sessions, cookie } = await known({ trustProxy: "loopback" });
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  persistSession(wss, sessions);
  wss.on("connection", (socket) => {
    socket.on("message", async () => socket.send(String((await restore(AppState)).count)));
  });
  await once(wss, "listening");
  const { port } = wss.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  try {
    assert.equal(await ask(url, { cookie, origin: "http://evil.example" }), 403);
    assert.equal(await ask(url, { cookie, origin: url }), "7");
    const proxied = { "x-forwarded-host": "app.example", "x-forwarded-proto": "http" };
    assert.equal(await ask(url, { cookie, origin: "http://app.example", ...proxied }), "7");
    assert.equal(await ask(url, { cookie, origin: url, ...proxied }), 403);
  } finally {
    for (const socket of wss.clients) socket.terminate();
    wss.close();
    await sessions.close();
  }
});

test("ws lets in the pages of an origin that allowOrigin names", async () => {
  const { sessions, cookie } = await known({ allowOrigin: "http://localhost:5173" });
  await withServer(sessions, async (url) => {
    assert.equal(await ask(url, { cookie, origin: "http://localhost:5173" }), "7");
    assert.equal(await ask(url, { cookie, origin: "http://localhost:5174" }), 403);
  });
});

test("promise 6 (Isolation): with fastify and fetch handlers an upgrade by a foreign page begins without the session", async () => {
  const { sessions, cookie } = await known();
  const app = Fastify();
  await app.register(persistFastify(sessions));
  app.get("/", async () => String((await restore(AppState)).count));
  const handler = withSession(
    async () => new Response(String((await restore(AppState)).count)),
    sessions,
  );
  const byFetch = async (headers: Record<string, string>): Promise<string> =>
    await (await handler(new Request("http://app.example/", { headers }))).text();
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const byFastify = async (headers: Record<string, string>): Promise<string> => {
    const asked = request(address, { headers }).end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return await text(response);
  };
  const upgrade = { cookie, upgrade: "websocket", connection: "upgrade", host: "app.example" };
  try {
    for (const visit of [byFastify, byFetch]) {
      assert.equal(await visit({ ...upgrade, origin: "http://evil.example" }), "0");
      assert.equal(await visit({ ...upgrade, origin: "http://app.example" }), "7");
      // Plain requests are as they were: SameSite is what keeps other sites out.
      assert.equal(await visit({ cookie, host: "app.example", origin: "http://a.example" }), "7");
    }
  } finally {
    await app.close();
    await sessions.close();
  }
});

test("createSessions() refuses an allowOrigin that is no origin", () => {
  assert.throws(() => createSessions({ store: "memory:", secret: SECRET, allowOrigin: "*" }), {
    code: "ERR_OPTION_INVALID",
  });
});
