import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { Server } from "socket.io";
import { WebSocket } from "ws";
import { persistSession as persistPages } from "../../src/adapter/express.ts";
import { persistSession } from "../../src/adapter/socket-io.ts";
import { createSessions, isPersistError } from "../../src/index.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { heldStore } from "./held-store.ts";
import { Client, withServer } from "./socket-io-fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";

test("Socket.IO adapter: a listener that ends the session still gives its acknowledgement, then the connection closes", async () => {
  await withServer(async ({ url, warnings }) => {
    const browser = new Browser(url);
    await browser.get("/add");
    const client = await new Client(url, browser).connect();
    const closed = once(client.socket, "close");
    assert.deepEqual(await client.ask(1, "leave"), ["bye"]);
    await closed;
    assert.deepEqual(warnings, []);
    assert.equal((await browser.get("/")).text, "0");
  });
});

test("Socket.IO adapter: an end from elsewhere waits for the listeners of all namespaces that are at work", async () => {
  await withServer(async ({ url, seen }) => {
    const browser = new Browser(url);
    await browser.get("/add");
    const client = await new Client(url, browser).connect();
    await client.connect("/other,");
    client.socket.send('42/other,7["wait"]');
    await until("the listener is at work", () => seen.includes("waiting"));
    await browser.get("/clear");
    // One that is done meanwhile does not close it for the other.
    client.socket.send('425["leave"]');
    await client.until((packet) => packet.startsWith("435"));
    assert.equal(client.socket.readyState, WebSocket.OPEN);
    const closed = once(client.socket, "close");
    seen.push("go on");
    await client.until((packet) => packet.startsWith('43/other,7["waited"]'));
    await closed;
  });
});

test("Socket.IO adapter: persistSession() twice is once; other sessions with the same cookie are refused", async () => {
  await withServer(async ({ url, io, sessions, warnings }) => {
    assert.equal(persistSession(io, sessions).sessions, sessions);
    assert.throws(
      () => persistSession(io, { store: heldStore(), secret: SECRET, sweepInterval: false }),
      (error) =>
        isPersistError(error, "ERR_OPTION_INVALID") && /the same Sessions/.test(error.message),
    );
    const browser = new Browser(url);
    const client = await new Client(url, browser).connect();
    assert.deepEqual(await client.ask(1, "add", 2), [2]);
    assert.deepEqual(await client.ask(2, "add", 2), [4]);
    assert.equal((await browser.get("/")).text, "4");
    client.socket.close();
    assert.deepEqual(warnings, []);
  });
});

test("Socket.IO adapter: below a middleware of its engine it gives one session, and rivals are refused without a crash", async () => {
  for (const rival of [false, true]) {
    const sessions = createSessions({ store: heldStore(), secret: SECRET, sweepInterval: false });
    const other = rival
      ? createSessions({ store: heldStore(), secret: SECRET, sweepInterval: false, log: () => {} })
      : sessions;
    const server = createServer();
    const io = new Server(server);
    io.engine.use(persistPages(sessions));
    persistSession(io, other);
    const url = await listen(server);
    try {
      const { status, setCookies } = await new Browser(url).get(
        "/socket.io/?EIO=4&transport=polling",
      );
      if (rival) assert.equal(status, 400);
      else assert.deepEqual([status, setCookies.length], [200, 1]);
    } finally {
      await io.close();
      if (server.listening) await stop(server);
      await sessions.close();
      if (rival) await other.close();
    }
  }
});
