/* oxlint-disable typescript/no-misused-promises -- what listeners give is waited for: that is what is tested here */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { WebSocket } from "ws";
import { currentSession, restore, sessionOf } from "../../src/index.ts";
import { gate } from "../sessions/fixture.ts";
import { AppState } from "./app-state.ts";
import { withSockets } from "./socket-fixture.ts";
import { until } from "../support/until.ts";

test("ws: promise 1 (Reload): what a message changed is there for the next request, and for the next message", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async (data: Buffer) => {
      const { list } = await restore(AppState);
      await new Promise(setImmediate);
      list.push(String(data));
      await currentSession().commit();
      socket.send(`saved ${list.length}`);
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const { socket, received } = await connect(browser);
    socket.send("milk");
    await once(socket, "message");
    assert.match((await browser.get("/read")).text, /"list":\["milk"\]/);
    socket.send("bread");
    await once(socket, "message");
    assert.deepEqual(received, ["saved 1", "saved 2"]);
    assert.match((await browser.get("/read")).text, /"count":1,"list":\["milk","bread"\]/);
  });
});

test("ws: a listener that commits nothing itself has its changes kept when it is done", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async () => {
      (await restore(AppState)).list.push("kept");
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const { socket } = await connect(browser);
    socket.send("go");
    await until("it is stored", async () => (await browser.get("/read")).text.includes("kept"));
  });
});

test("ws: promise 4 (Merging): messages that overlap share their objects, and both count", async () => {
  const both = gate();
  const seen = new Set<AppState>();
  let here = 0;
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async (data: Buffer) => {
      const state = await restore(AppState);
      seen.add(state);
      if (++here === 2) both.open();
      await both.opened;
      state.list.push(String(data));
      await currentSession().commit();
      socket.send("saved");
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const [one, two] = [await connect(browser), await connect(browser)];
    one.socket.send("a");
    two.socket.send("b");
    await until("both are saved", () => one.received.length + two.received.length === 2);
    assert.equal(seen.size, 1);
    const { list } = JSON.parse((await browser.get("/read")).text) as AppState;
    assert.deepEqual(new Set(list), new Set(["a", "b"]));
  });
});

test("ws: promise 6 (Isolation): sockets of two browsers never see each other's state", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", async (data: Buffer) => {
      const { list } = await restore(AppState);
      list.push(String(data));
      socket.send(list.join());
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const [ann, ben] = [await connect(await known()), await connect(await known())];
    for (const { socket, name } of [
      { ...ann, name: "a" },
      { ...ben, name: "b" },
    ]) {
      socket.send(name);
      socket.send(name);
    }
    await until("all have answered", () => ann.received.length + ben.received.length === 4);
    assert.deepEqual([ann.received.at(-1), ben.received.at(-1)], ["a,a", "b,b"]);
  });
});

test("ws: bytes arrive as they were sent, with the flag that says so", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("message", (data: Buffer, isBinary) =>
      socket.send(`${isBinary} ${[...data].join()}`),
    );
  await withSockets(onSocket, async ({ known, connect }) => {
    const { socket, received } = await connect(await known());
    socket.send(new Uint8Array([0, 255, 7]));
    socket.send("A");
    await until("both have come back", () => received.length === 2);
    assert.deepEqual(received, ["true 0,255,7", "false 65"]);
  });
});

test("ws: listeners are removed, counted and called once as on any socket", async () => {
  const calls: string[] = [];
  const gone = () => calls.push("gone");
  const onSocket = (socket: WebSocket) => {
    const once = () => calls.push("once");
    socket.on("message", gone);
    socket.off("message", gone);
    socket.once("message", gone);
    socket.off("message", gone);
    socket.once("message", once);
    socket.addEventListener("message", gone);
    socket.removeEventListener("message", gone);
    socket.addEventListener("message", ({ data }) =>
      calls.push(`event ${(data as Buffer).toString()}`),
    );
    socket.prependListener("message", () => calls.push("first"));
    calls.push(`${socket.listenerCount("message")} listeners`);
    assert.ok(socket.listeners("message").includes(once));
    socket.on("message", () => socket.send("done"));
  };
  await withSockets(onSocket, async ({ known, connect }) => {
    const { socket, received } = await connect(await known());
    socket.send("A");
    socket.send("B");
    await until("both have come back", () => received.length === 2);
    const expected = ["3 listeners", "first", "once", "event A", "first", "event B"];
    assert.deepEqual(calls, expected);
  });
});

test("ws: sessionOf(socket) is the browser's session, and its run() a scope", async () => {
  const onSocket = (socket: WebSocket) => {
    const session = sessionOf(socket);
    void session
      .run(async () => {
        (await restore(AppState)).list.push("at the connection");
      })
      .then(() => socket.send(session.id));
  };
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const { received } = await connect(browser);
    await until("it has answered", () => received.length === 1);
    assert.ok([...browser.cookies.values()][0]?.startsWith(`${received[0]}.`));
    assert.match((await browser.get("/read")).text, /at the connection/);
  });
});

test("ws: a listener of close is a scope too: the last words are kept", async () => {
  const onSocket = (socket: WebSocket) =>
    socket.on("close", async () => {
      (await restore(AppState)).list.push("last words");
    });
  await withSockets(onSocket, async ({ known, connect }) => {
    const browser = await known();
    const { socket } = await connect(browser);
    socket.close();
    await until("it is stored", async () =>
      (await browser.get("/read")).text.includes("last words"),
    );
  });
});
