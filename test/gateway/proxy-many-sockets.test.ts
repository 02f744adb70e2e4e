import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import type { Tunnel } from "../../src/gateway/proxy/hooks.ts";
import { until } from "../support/until.ts";
import { listening, RawClient, startProxy, upgradeText } from "./proxy-fixture.ts";
import { pair, freed } from "./proxy-sockets.ts";

test("proxy.close() closes every open WebSocket", async (t) => {
  const { page, far, gateway } = await pair(t);
  const ends = Promise.all([once(page, "close"), once(far, "close")]);
  await gateway.proxy.close();
  await ends;
});

test("proxy keeps nothing of 200 pages that go away at any moment", async (t) => {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    for (let i = 0; i < 10; i++) socket.send(Buffer.alloc(100_000));
  });
  const upstream = await listening(t, server);
  let watching = 0;
  const gateway = await startProxy(t, upstream.port, {
    hooks: {
      async upgrade() {
        watching++;
        await new Promise(setImmediate);
        let tunnel: Tunnel | undefined;
        let seen = 0;
        return {
          opened: (it) => void (tunnel = it),
          fromUpstream() {
            tunnel?.sendText("x");
            if (++seen === 5) tunnel?.close();
            return true;
          },
          closed: () => void watching--,
        };
      },
    },
  });
  for (let round = 0; round < 200; round++) {
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    if (round % 3 === 0) client.socket.pause();
    for (let turn = 0; turn < round % 29; turn++) await new Promise(setImmediate);
    if (round % 2 === 0) client.socket.destroy();
    else client.socket.resetAndDestroy();
  }
  await freed({ gateway, upstream });
  await until("every watcher was told", () => watching === 0);
});

test("proxy carries 500 open pages", async (t) => {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const upstream = await listening(t, server);
  const gateway = await startProxy(t, upstream.port, {
    hooks: { upgrade: () => ({ fromUpstream: () => true }) },
  });
  const pages = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const page = new WebSocket(`ws://127.0.0.1:${gateway.port}/`);
      await once(page, "open");
      return page;
    }),
  );
  await Promise.all(
    pages.map(async (page, i) => {
      page.send(`page ${i}`);
      const [data] = (await once(page, "message")) as [Buffer];
      assert.equal(data.toString(), `page ${i}`);
    }),
  );
  assert.equal(upstream.sockets.size, 500);
  for (const page of pages) page.terminate();
  await freed({ gateway, upstream });
});
