import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { WebSocket, WebSocketServer, type ClientOptions, type PerMessageDeflateOptions } from "ws";
import type { ProxyHooks, Tunnel } from "../../src/gateway/proxy/hooks.ts";
import type { ProxyOptions } from "../../src/gateway/proxy/proxy.ts";
import { until } from "../support/until.ts";
import {
  listening,
  RawClient,
  startProxy,
  upgradeText,
  type Gateway,
  type Listening,
} from "./proxy-fixture.ts";

const ACCEPTED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** An upstream that leaves everything about an upgrade to the test, and the proxy before it. */
async function bare(
  t: TestContext,
  onUpgrade: (socket: Socket) => void,
  options: Partial<ProxyOptions> = {},
): Promise<{ upstream: Listening; gateway: Gateway }> {
  const server = createServer();
  server.on("upgrade", (_, socket: Socket) => onUpgrade(socket));
  const upstream = await listening(t, server);
  return { upstream, gateway: await startProxy(t, upstream.port, options) };
}

function fail(): never {
  throw new TypeError("on purpose");
}

interface Pair {
  readonly page: WebSocket;
  readonly far: WebSocket;
  readonly gateway: Gateway;
  readonly upstream: Listening;
}

/** A WebSocket through the proxy, by a real client and a real server. */
async function pair(
  t: TestContext,
  options: Partial<ProxyOptions> = {},
  client: ClientOptions = {},
  perMessageDeflate: PerMessageDeflateOptions | false = { threshold: 0 },
): Promise<Pair> {
  const server = createServer();
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  const upstream = await listening(t, server);
  const gateway = await startProxy(t, upstream.port, options);
  const page = new WebSocket(
    `ws://127.0.0.1:${gateway.port}/_stcore/stream`,
    ["streamlit", "xsrf"],
    client,
  );
  page.on("error", () => {});
  const [[far]] = (await Promise.all([once(sockets, "connection"), once(page, "open")])) as [
    [WebSocket],
    unknown,
  ];
  far.on("error", () => {});
  t.after(() => page.terminate());
  return { page, far, gateway, upstream };
}

async function freed({ gateway, upstream }: Pick<Pair, "gateway" | "upstream">): Promise<void> {
  await until(
    "every socket is freed",
    () => gateway.sockets.size === 0 && upstream.sockets.size === 0,
  );
}

describe("a WebSocket", () => {
  test("carries messages both ways, with its protocol and extensions", async (t) => {
    const { page, far } = await pair(t);
    assert.equal(page.protocol, "streamlit");
    assert.match(page.extensions, /permessage-deflate/);
    far.on("message", (data, isBinary) => far.send(data, { binary: isBinary }));
    for (const [data, isBinary] of [
      ["text", false],
      [Buffer.alloc(300_000, 7), true],
    ] as const) {
      page.send(data);
      const [back, wasBinary] = (await once(page, "message")) as [Buffer, boolean];
      assert.ok(Buffer.from(data).equals(back));
      assert.equal(wasBinary, isBinary);
    }
  });

  test("passes close codes on, both ways, and frees its sockets", async (t) => {
    const first = await pair(t);
    first.page.close(4001, "page");
    const [code, reason] = (await once(first.far, "close")) as [number, Buffer];
    assert.deepEqual([code, reason.toString()], [4001, "page"]);
    await freed(first);
    const second = await pair(t);
    second.far.close(4002, "far");
    const [other] = (await once(second.page, "close")) as [number];
    assert.equal(other, 4002);
    await freed(second);
  });

  test("frees the upstream when the client goes away before the upgrade's answer", async (t) => {
    let asked = 0;
    const { upstream, gateway } = await bare(t, (socket) => {
      asked++;
      socket.resume();
      socket.once("end", () => socket.destroy());
    });
    for (const leave of ["destroy", "end", "resetAndDestroy"] as const) {
      const client = new RawClient(t, gateway.port).send(upgradeText("/_stcore/stream"));
      const before = asked;
      await until("the upstream was asked", () => asked > before);
      client.socket[leave]();
      await freed({ upstream, gateway });
    }
  });

  test("frees the upstream when the client is reset while it does not read", async (t) => {
    let far: Socket | undefined;
    const { upstream, gateway } = await bare(t, (socket) => {
      far = socket;
      socket.on("error", () => {});
      socket.write(ACCEPTED);
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("it is open", () => client.text.includes("101"));
    client.socket.pause();
    const block = Buffer.alloc(1 << 20);
    while (far!.write(block) || far!.writableLength < 64 << 20);
    const sent = (): number => far!.bytesWritten - far!.writableLength;
    await until("nothing moves any more", async () => {
      const before = sent();
      for (let i = 0; i < 50; i++) await new Promise(setImmediate);
      return before > 0 && sent() === before;
    });
    assert.ok(sent() < 32 << 20, `${sent()} bytes were taken for a client that read nothing`);
    client.socket.resetAndDestroy();
    await freed({ upstream, gateway });
  });

  for (const ends of ["page", "upstream"] as const)
    test(`lets the other side finish when the ${ends} has ended its half`, async (t) => {
      let far: Socket | undefined;
      let farText = "";
      let farEnded = false;
      const { upstream, gateway } = await bare(t, (socket) => {
        far = socket;
        socket.on("data", (chunk) => (farText += chunk.toString()));
        socket.on("end", () => (farEnded = true));
        socket.write(ACCEPTED);
      });
      const client = new RawClient(t, gateway.port).send(upgradeText("/"));
      await until("it is open", () => client.text.includes("101"));
      if (ends === "page") {
        client.socket.end("last words");
        await until("the upstream has heard the end", () => farEnded);
        assert.equal(farText, "last words");
        far!.end("answer");
        await until("the answer has come", () => client.ended);
        assert.match(client.text, /answer$/);
      } else {
        far!.end("last words");
        await until("the page has heard the end", () => client.ended);
        assert.match(client.text, /last words$/);
        client.socket.end("answer");
        await until("the answer has come", () => farEnded);
        assert.equal(farText, "answer");
      }
      await freed({ upstream, gateway });
    });

  test("ends for the page when Streamlit is reset", async (t) => {
    let far: Socket | undefined;
    const { upstream, gateway } = await bare(t, (socket) => {
      far = socket;
      socket.write(ACCEPTED);
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("it is open", () => client.text.includes("101"));
    far!.resetAndDestroy();
    await until("the page knows", () => client.closed || client.ended);
    client.socket.destroy();
    await freed({ upstream, gateway });
  });

  test("takes no more from the page than Streamlit reads", async (t) => {
    const { page, far } = await pair(t, {}, { perMessageDeflate: false });
    far.pause();
    const block = Buffer.alloc(1 << 20);
    let sent = 0;
    while (sent < 64) {
      page.send(block);
      sent++;
    }
    await until("nothing moves any more", async () => {
      const before = page.bufferedAmount;
      for (let i = 0; i < 50; i++) await new Promise(setImmediate);
      return page.bufferedAmount === before;
    });
    assert.ok(
      page.bufferedAmount > 32 << 20,
      `${page.bufferedAmount} bytes are still with the page`,
    );
    let received = 0;
    far.on("message", () => received++);
    far.resume();
    await until("all of it has come", () => received === sent);
  });

  test("is answered with 502 when Streamlit is down", async (t) => {
    const { upstream, gateway } = await bare(t, () => {}, { holdFor: 0 });
    upstream.server.close();
    const client = new RawClient(t, gateway.port).send(upgradeText("/_stcore/stream"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 502 [^]*Connection: close/i);
    await until("the socket is freed", () => gateway.sockets.size === 0);
  });

  test("is answered as Streamlit answers when that is no 101", async (t) => {
    const { upstream, gateway } = await bare(t, (socket) =>
      socket.end("HTTP/1.1 403 Forbidden\r\nX-Why: origin\r\nContent-Length: 2\r\n\r\nno"),
    );
    const client = new RawClient(t, gateway.port).send(upgradeText("/_stcore/stream"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 403 Forbidden\r\n[^]*x-why: origin[^]*\r\n\r\nno$/i);
    await freed({ upstream, gateway });
  });

  test("loses nothing that either side sends early", async (t) => {
    let farText = "";
    const { gateway } = await bare(t, (socket) => {
      socket.on("data", (chunk) => (farText += chunk.toString()));
      socket.write(`${ACCEPTED}first`);
    });
    const client = new RawClient(t, gateway.port).send(`${upgradeText("/")}early`);
    await until("both have come", () => farText === "early" && client.text.endsWith("first"));
  });

  test("never reaches Streamlit when the client goes away while a hook decides", async (t) => {
    let asked = 0;
    let decide: ((_: undefined) => void) | undefined;
    let decided = false;
    const { gateway } = await bare(t, () => asked++, {
      hooks: {
        async upgrade() {
          await new Promise((resolve) => (decide = resolve));
          decided = true;
          return undefined;
        },
      },
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("the hook was asked", () => decide !== undefined);
    client.socket.destroy();
    await until("the gateway knows", () => gateway.sockets.size === 0);
    decide?.(undefined);
    await until("the hook has decided", () => decided);
    await new Promise(setImmediate);
    assert.equal(asked, 0);
  });

  test("does not upgrade when a hook throws", async (t) => {
    const { gateway } = await bare(t, () => {}, {
      hooks: { upgrade: fail },
    });
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 500 /);
    assert.deepEqual(gateway.log, ["gateway: TypeError: on purpose"]);
  });
});

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
    test(`sees whole messages that are ${what}, and is told of the end once`, async (t) => {
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

  test("is told of the end when the socket never opened", async (t) => {
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
