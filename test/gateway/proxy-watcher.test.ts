import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { type PerMessageDeflateOptions } from "ws";
import type { ProxyHooks, Tunnel } from "../../src/gateway/proxy/hooks.ts";
import { until } from "../support/until.ts";
import { RawClient, upgradeText } from "./proxy-fixture.ts";
import { bare, fail, pair, freed } from "./proxy-sockets.ts";

describe("a watcher", () => {
  const agreements: [
    string,
    PerMessageDeflateOptions | false,
    PerMessageDeflateOptions | boolean,
  ][] = [
    ["uncompressed", { threshold: 0 }, false],
    ["uncompressed, since the server wants it so", false, true],
    ["compressed", { threshold: 0 }, true],
    ["compressed each for itself", { threshold: 0, serverNoContextTakeover: true }, true],
    ["compressed with a small window", { threshold: 0, serverMaxWindowBits: 9 }, true],
    ["compressed where that is worth it", { threshold: 50 }, { clientNoContextTakeover: true }],
  ];
  for (const [what, server, client] of agreements)
    test(`sees whole messages that are ${what}, and is told about the end once`, async (t) => {
      const seen: [string, boolean][] = [];
      let opened = 0;
      let closed = 0;
      let tunnel: Tunnel | undefined;
      const hooks: ProxyHooks = {
        upgrade: () => ({
          opened(it) {
            opened++;
            tunnel = it;
          },
          fromUpstream(message, isBinary) {
            seen.push([message.toString(), isBinary]);
            return true;
          },
          closed: () => void closed++,
        }),
      };
      const { page, far } = await pair(t, { hooks }, { perMessageDeflate: client }, server);
      assert.equal(page.extensions !== "", server !== false && client !== false);
      const heard: string[] = [];
      page.on("message", (data: Buffer) => heard.push(data.toString()));
      // The later ones refer to the first, if they may.
      const long = "a text that comes again and again, ".repeat(3_000);
      far.send("one");
      far.send(Buffer.from(long));
      for (let i = 0; i < 20; i++) {
        far.send(`${long.slice(i * 100)}${i}`, { fin: false });
        far.send(`the rest of ${i}, ${long}`);
        far.ping();
        tunnel!.sendText(`between ${i}`);
        far.send("", { compress: i % 2 === 0 });
      }
      const expected: [string, boolean][] = [
        ["one", false],
        [long, true],
        ...Array.from({ length: 20 }, (_, i): [string, boolean][] => [
          [`${long.slice(i * 100)}${i}the rest of ${i}, ${long}`, false],
          ["", false],
        ]).flat(),
      ];
      await until("all have come", () => heard.length === expected.length + 20);
      assert.deepEqual(seen, expected);
      assert.deepEqual(
        heard.filter((text) => !text.startsWith("between")),
        expected.map(([text]) => text),
      );
      assert.equal(opened, 1);
      page.terminate();
      await until("it is told", () => closed === 1);
    });

  test("that throws loses its sight, and the page nothing", async (t) => {
    const { page, far, gateway } = await pair(t, {
      hooks: {
        upgrade: () => ({ opened: fail, fromUpstream: fail, closed: fail }),
      },
    });
    const heard: string[] = [];
    page.on("message", (data: Buffer) => heard.push(data.toString()));
    far.send("one");
    far.send("two");
    await until("both have come", () => heard.length === 2);
    page.terminate();
    await until("all were called", () => gateway.log.length === 3);
    assert.deepEqual(gateway.log, Array(3).fill("gateway: TypeError: on purpose"));
  });

  test("is told about the end when the socket never opened", async (t) => {
    let closed = 0;
    const { gateway, upstream } = await bare(t, () => {}, {
      holdFor: 0,
      hooks: { upgrade: async () => ({ closed: () => void closed++ }) },
    });
    upstream.server.close();
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("it is told", () => closed === 1 && client.ended);
  });

  test("sends text between messages, never inside one", async (t) => {
    let tunnel: Tunnel | undefined;
    const { page, far } = await pair(t, {
      hooks: { upgrade: () => ({ opened: (it) => void (tunnel = it) }) },
    });
    const heard: string[] = [];
    page.on("message", (data: Buffer) => heard.push(data.toString()));
    tunnel!.sendText("at once");
    await until("it has come", () => heard.length === 1);

    far.send("frag", { fin: false });
    let pongs = 0;
    far.on("pong", () => pongs++);
    far.ping();
    await until("the page has the fragment", () => pongs === 1);
    tunnel!.sendText("later");
    far.ping();
    await until("the page had time for it", () => pongs === 2);
    assert.deepEqual(heard, ["at once"]);
    far.send("ment");
    await until("both have come", () => heard.length === 3);
    assert.deepEqual(heard, ["at once", "fragment", "later"]);
  });

  test("sends text whole when it does so while a long message is on its way", async (t) => {
    let tunnel: Tunnel | undefined;
    const { page, far } = await pair(t, {
      hooks: { upgrade: () => ({ opened: (it) => void (tunnel = it) }) },
    });
    const heard: number[] = [];
    page.on("message", (data: Buffer) => {
      heard.push(data.length);
      tunnel!.sendText("x".repeat(70_000));
    });
    for (let i = 0; i < 20; i++) far.send(Buffer.alloc(3_000_000));
    await until("all have come", () => heard.filter((size) => size === 3_000_000).length === 20);
    await until("texts come as well", () => heard.includes(70_000));
    page.terminate();
  });

  test("may answer a message with text that comes right after it", async (t) => {
    let tunnel: Tunnel | undefined;
    const { page, far } = await pair(t, {
      hooks: {
        upgrade: () => ({
          opened: (it) => void (tunnel = it),
          fromUpstream(message) {
            tunnel!.sendText(`re: ${message.toString()}`);
            return true;
          },
        }),
      },
    });
    const heard: string[] = [];
    page.on("message", (data: Buffer) => heard.push(data.toString()));
    far.send("one");
    await until("both have come", () => heard.length === 2);
    assert.deepEqual(heard, ["one", "re: one"]);
  });

  test("closes both sides, the page with 1001", async (t) => {
    let tunnel: Tunnel | undefined;
    const { page, far, gateway, upstream } = await pair(t, {
      hooks: { upgrade: () => ({ opened: (it) => void (tunnel = it) }) },
    });
    const gone = once(far, "close");
    const closed = once(page, "close");
    tunnel!.close();
    assert.deepEqual((await closed)[0], 1001);
    await gone;
    tunnel!.sendText("to nobody");
    await freed({ gateway, upstream });
  });
});
