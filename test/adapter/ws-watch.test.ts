import assert from "node:assert/strict";
import { test } from "node:test";
import type { WebSocket } from "ws";
import { createSessions, restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { withSockets } from "./socket-fixture.ts";
import { until } from "../support/until.ts";

/** Tells what others change, and stores what the page sends. */
function watches(socket: WebSocket): void {
  const show = (state: AppState) => socket.send(`count ${state.count}`);
  sessionOf(socket)
    .watch(AppState, show)
    .then(
      () => socket.send("watching"),
      () => socket.close(1011),
    );
  // oxlint-disable-next-line typescript/no-misused-promises -- what listeners give is waited for
  socket.on("message", async () => {
    (await restore(AppState)).count += 100;
  });
}

test("ws: watch() tells a socket what a request changed, and not what the socket itself changed", async () => {
  await withSockets(watches, async ({ known, connect }) => {
    const browser = await known();
    const { socket, received } = await connect(browser);
    await until("the watch has begun", () => received.includes("watching"));
    await browser.get("/add");
    await until("the change was told", () => received.includes("count 2"));
    socket.send("hundred more");
    await until("the socket's change is stored", async () =>
      (await browser.get("/read")).text.includes('"count":102'),
    );
    await browser.get("/add");
    await until("the next change was told", () => received.includes("count 103"));
    assert.deepEqual(received, ["watching", "count 2", "count 103"]);
  });
});

test("ws: watch() ends with its socket", async () => {
  await withSockets(watches, async ({ known, connect, sessions }) => {
    const browser = await known();
    const { socket, received, closed } = await connect(browser);
    await until("the watch has begun", () => received.includes("watching"));
    assert.equal(sessions.engine.watches.size, 1);
    socket.close();
    await closed;
    await until("the watch has ended", () => sessions.engine.watches.size === 0);
  });
});

test("ws: promise 5 (Clear is final): a socket that watches is closed with 4401 at once when another process ends the session", async () => {
  await withSockets(watches, async ({ known, connect, store }) => {
    const browser = await known();
    const { received, closed } = await connect(browser);
    await until("the watch has begun", () => received.includes("watching"));
    const elsewhere = createSessions({ store, secret: SECRET, sweepInterval: false });
    const [token = ""] = browser.cookies.values();
    const session = await elsewhere.open(token);
    assert.equal(session.isNew, false);
    await session.run(async () => await session.clear());
    assert.equal((await closed).code, 4401);
  });
});

test("ws: watch() is refused when the browser has no cookie", async () => {
  await withSockets(watches, async ({ browser, connect }) => {
    const { closed } = await connect(browser());
    assert.equal((await closed).code, 1011);
  });
});
