/* oxlint-disable typescript/no-misused-promises -- what listeners give is waited for: that is what is tested here */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { WebSocket as Client, type WebSocket, WebSocketServer } from "ws";
import { persistSession as persistSockets } from "../../src/adapter/ws.ts";
import {
  createSessions,
  currentSession,
  isPersistError,
  PersistError,
  restore,
} from "../../src/index.ts";
import { countingStore, gate } from "../sessions/fixture.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { withSockets } from "./socket-fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";

function adds(socket: WebSocket): void {
  socket.on("message", async () => {
    const state = await restore(AppState);
    state.count++;
    await currentSession().commit();
    socket.send(String(state.count));
  });
}

test("ws: a listener that fails closes the socket with 1011 and is reported, and its changes are kept", async () => {
  const failure = new Error("the listener's own secret");
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async () => {
      (await restore(AppState)).count = 9;
      throw failure;
    });
  await withSockets(onSocket, async ({ known, connect, reported }) => {
    const browser = await known();
    const { socket, closed } = await connect(browser);
    socket.send("go");
    assert.deepEqual(await closed, { code: 1011, reason: "internal error" });
    assert.deepEqual(reported, [failure]);
    assert.match((await browser.get("/read")).text, /"count":9/);
  });
});

test("ws: promise 10 (Failure is loud): a commit that fails closes the socket with 1011 and its code, and is reported", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async () => {
      (await restore(AppState)).count++;
    });
  await withSockets(onSocket, async ({ known, connect, reported, store }) => {
    const browser = await known();
    const { socket, closed } = await connect(browser);
    store.failing.write = new PersistError("ERR_STORE_FULL", "full, as this test has it");
    socket.send("go");
    assert.deepEqual(await closed, { code: 1011, reason: "ERR_STORE_FULL" });
    assert.deepEqual(reported, [store.failing.write]);
  });
});

test("ws: a visitor without a cookie gets ERR_HEADERS_SENT, and nothing is stored", async () => {
  await withSockets(adds, async ({ browser, connect, reported, store }) => {
    const { socket, closed, setCookies } = await connect(browser());
    assert.deepEqual(setCookies, []);
    socket.send("go");
    assert.deepEqual(await closed, { code: 1011, reason: "ERR_HEADERS_SENT" });
    assert.ok(isPersistError(reported[0], "ERR_HEADERS_SENT"));
    assert.equal(store.writes, 0);
  });
});

test("ws: with cookieOnUpgrade a visitor without a cookie gets one, which opens the same session in a page", async () => {
  await withSockets(
    adds,
    async ({ browser, connect }) => {
      const visitor = browser();
      const { socket, received, setCookies } = await connect(visitor);
      assert.equal(setCookies.length, 1);
      assert.match(setCookies[0]!, /^persist-session=[^;]+; .*HttpOnly; SameSite=Lax$/);
      socket.send("go");
      await until("it is stored", () => received.length === 1);
      visitor.cookies.set("persist-session", /=([^;]+)/.exec(setCookies[0]!)![1]!);
      assert.match((await visitor.get("/read")).text, /"count":1/);
      assert.deepEqual((await connect(visitor)).setCookies, []);
    },
    { cookieOnUpgrade: true },
  );
});

for (const way of ["clear", "rotate"] as const) {
  test(`ws: session.${way}() of a page closes the session's sockets with 4401, and other sessions' stay`, async () => {
    await withSockets(adds, async ({ known, connect }) => {
      const browser = await known();
      const mine = [await connect(browser), await connect(browser)];
      const other = await connect(await known());
      await browser.get(`/${way}`);
      for (const { closed } of mine) assert.equal((await closed).code, 4401);
      other.socket.send("go");
      await once(other.socket, "message");
      assert.deepEqual(other.received, ["2"]);
      if (way === "rotate") {
        const again = await connect(browser);
        again.socket.send("go");
        await once(again.socket, "message");
        assert.deepEqual(again.received, ["2"]);
      }
    });
  });
}

test("ws: promise 5 (Clear is final): a message under way when its session ends stores nothing more", async () => {
  const begun = gate();
  const cleared = gate();
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async () => {
      const { list } = await restore(AppState);
      begun.open();
      await cleared.opened;
      list.push("late");
      socket.send("still here");
    });
  await withSockets(onSocket, async ({ known, connect, sessions }) => {
    const dropped: string[] = [];
    sessions.on("dropped", ({ reason }) => void dropped.push(reason));
    const browser = await known();
    const { socket, closed, received } = await connect(browser);
    socket.send("go");
    await begun.opened;
    await browser.get("/clear");
    cleared.open();
    assert.equal((await closed).code, 4401);
    assert.deepEqual(received, ["still here"]);
    assert.deepEqual(dropped, ["session-ended"]);
    const owners = [];
    for await (const { owner } of sessions.list()) owners.push(owner);
    assert.deepEqual(owners, []);
  });
});

test("ws: promise 5 (Clear is final): a socket on which nothing happens is closed when another process ends its session", async () => {
  await withSockets(adds, async ({ known, connect, store }) => {
    const browser = await known();
    const { closed } = await connect(browser);
    const other = createSessions({ store, secret: SECRET, sweepInterval: false });
    const session = await other.open([...browser.cookies.values()][0]);
    await session.run(async () => await session.clear());
    assert.equal((await closed).code, 4401);
  });
});

test("ws: session.clear() of a message can still answer, then its socket is closed with 4401", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async () => {
      await currentSession().clear();
      socket.send("cleared");
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const { socket, closed, received } = await connect(browser);
    socket.send("go");
    assert.equal((await closed).code, 4401);
    assert.deepEqual(received, ["cleared"]);
    assert.match((await browser.get("/read")).text, /"count":0/);
  });
});

test("ws: session.rotate() of a message throws ERR_HEADERS_SENT, and the session goes on", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async () => {
      await assert.rejects(currentSession().rotate(), { code: "ERR_HEADERS_SENT" });
      socket.send("refused");
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const { socket, received } = await connect(browser);
    socket.send("go");
    await once(socket, "message");
    assert.deepEqual(received, ["refused"]);
    assert.match((await browser.get("/read")).text, /"count":1/);
  });
});

test("ws: cookies that cannot be read close their socket alone, at its first message", async () => {
  await withSockets(adds, async ({ browser, connect, reported }) => {
    const hostile = browser();
    const token = "A".repeat(43);
    for (let at = 0; at < 300; at++)
      hostile.cookies.set(`persist-session.${at}`, `${randomUUID()}.${token}`);
    const cookie = [...hostile.cookies.values()].map((value) => `persist-session=${value}`);
    Object.defineProperty(hostile, "header", { value: cookie.join("; ") });
    const { socket, closed } = await connect(hostile);
    socket.send("go");
    assert.deepEqual(await closed, { code: 1011, reason: "ERR_COOKIE_UNREADABLE" });
    assert.ok(isPersistError(reported[0], "ERR_COOKIE_UNREADABLE"));
  });
});

test("ws: persistSession() twice is once; other sessions with the same cookie are refused, and leave nothing open", async () => {
  const sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
  const server = createServer();
  const wss = new WebSocketServer({ server });
  const options = { cookieOnUpgrade: true };
  persistSockets(wss, sessions, options);
  assert.equal(persistSockets(wss, sessions, options).sessions, sessions);
  assert.throws(
    () => persistSockets(wss, { store: "memory:", secret: SECRET }),
    (error) => isPersistError(error, "ERR_OPTION_INVALID"),
  );
  wss.on("connection", adds);
  const url = await listen(server);
  const client = new Client(url.replace("http", "ws"));
  let told: readonly string[] = [];
  client.on("upgrade", (response) => (told = response.headers["set-cookie"] ?? []));
  await once(client, "open");
  assert.equal(told.length, 1);
  client.send("go");
  const [said] = (await once(client, "message")) as [Buffer];
  assert.equal(String(said), "1");
  client.terminate();
  wss.close();
  await stop(server);
  await sessions.close();
});

test("ws: of two sessions with cookies of their own each hears of the end of a socket", async () => {
  const stopped: string[] = [];
  const [one, two] = ["c0", "c1"].map((name) => {
    const store = countingStore();
    const watch = store.watch.bind(store);
    store.watch = async (...args) => {
      const end = await watch(...args);
      return () => {
        stopped.push(name);
        end();
      };
    };
    return createSessions({ store, secret: SECRET, sweepInterval: false, cookie: { name } });
  });
  const server = createServer();
  const wss = new WebSocketServer({ server });
  for (const sessions of [one, two]) persistSockets(wss, sessions);
  const url = await listen(server);
  const client = new Client(url.replace("http", "ws"));
  await once(client, "open");
  client.terminate();
  await until("both have stopped", () => stopped.length === 2);
  assert.deepEqual(stopped.toSorted(), ["c0", "c1"]);
  wss.close();
  await stop(server);
  await Promise.all([one?.close(), two?.close()]);
});
