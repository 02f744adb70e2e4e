import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { CLIENT_TIMES, serverOptions } from "../../src/gateway/proxy/server-options.ts";
import { until } from "../support/until.ts";
import { RawClient, replyOf, startProxy, startUpstream } from "./proxy-fixture.ts";
import { withRig, RawBrowser } from "./raw.ts";

/**
 * Short enough to wait for many times over, long enough for a busy machine to send a byte in
 * between.
 */
const SHORT = 300;

function portOf(url: string): number {
  return Number(new URL(url).port);
}

describe("a client that sends the head of its request slowly", () => {
  for (const [what, text] of [
    ["nothing at all", ""],
    ["half of a head", "GET / HTTP/1.1\r\nHost: a\r\nX-"],
    ["half of the head of an upgrade", "GET /_stcore/stream HTTP/1.1\r\nConnection: Upgrade\r\n"],
  ] as const)
    test(`gateway cuts it off after ${what}`, async (t) => {
      await withRig(
        async ({ url }) => {
          const client = new RawClient(t, portOf(url)).send(text);
          await until("it is cut off", () => client.ended || client.closed);
        },
        { gateway: { times: { head: SHORT } } },
      );
    });

  test("gateway cuts it off although it never quite stops", async (t) => {
    await withRig(
      async ({ url }) => {
        const client = new RawClient(t, portOf(url)).send("GET / HTTP/1.1\r\nHost: a\r\nX-Y: ");
        await until("it is cut off", () => {
          if (!client.ended) client.send("a");
          return client.ended || client.closed;
        });
      },
      { gateway: { times: { head: SHORT } } },
    );
  });

  test("the limit is a minute unless a test says otherwise, and the body has none", () => {
    const { headersTimeout, requestTimeout } = serverOptions();
    assert.deepEqual([headersTimeout, requestTimeout], [60_000, 0]);
    assert.equal(CLIENT_TIMES.smallBody, 10_000);
  });

  test("createGateway() makes its server with these limits", async () => {
    await withRig(async ({ gateway }) => {
      const { headersTimeout, requestTimeout, maxHeadersCount } = gateway.server;
      assert.deepEqual([headersTimeout, requestTimeout, maxHeadersCount], [60_000, 0, 0]);
    });
  });
});

describe("a client that sends a small body slowly", () => {
  const head = (length: number, name = "alive"): string =>
    `POST /_persist/${name} HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\nContent-Length: ${length}\r\n\r\n`;

  for (const name of ["adopt", "alive", "join"])
    test(`gateway answers ${name} with 408 and closes`, async (t) => {
      await withRig(
        async ({ url, warnings }) => {
          const client = new RawClient(t, portOf(url)).send(`${head(8000, name)}half`);
          await until("it is cut off", () => client.ended);
          assert.match(client.text, /^HTTP\/1\.1 408 [^]*\r\nconnection: close\r\n/i);
          assert.deepEqual(warnings, []);
        },
        { gateway: { times: { smallBody: SHORT } } },
      );
    });

  test("gateway cuts it off although it never quite stops", async (t) => {
    await withRig(
      async ({ url }) => {
        const client = new RawClient(t, portOf(url)).send(head(8000));
        await until("it is cut off", () => {
          if (!client.ended) client.send("a");
          return client.ended || client.closed;
        });
      },
      { gateway: { times: { smallBody: SHORT } } },
    );
  });

  test("gateway cuts off what it has answered before the body was there", async (t) => {
    await withRig(
      async ({ url }) => {
        // Neither of these answers needs the body.
        const texts = [
          head(8000).replace("same-origin", "cross-site"),
          head(8000, "health"),
          head(8000, "none"),
        ];
        for (const text of texts) {
          const client = new RawClient(t, portOf(url)).send(text);
          await until("it is answered", () => client.text.includes("\r\n\r\n"));
          assert.match(client.text, /^HTTP\/1\.1 (403|404|405) /);
          await until("it is cut off", () => {
            if (!client.ended) client.send("a");
            return client.ended || client.closed;
          });
        }
      },
      { gateway: { times: { rest: SHORT } } },
    );
  });

  test("gateway reads on after 413, so that the client sees it and its next request is answered", async (t) => {
    await withRig(async ({ url }) => {
      const client = new RawClient(t, portOf(url)).send(head(4_000_000));
      client.send(Buffer.alloc(1_000_000, 97));
      await until("it is answered", () => client.text.includes("\r\n\r\n"));
      assert.match(client.text, /^HTTP\/1\.1 413 /);
      client.send(Buffer.alloc(3_000_000, 97));
      client.send("GET /_persist/health HTTP/1.1\r\nHost: a\r\n\r\n");
      await until("the next is answered", () => client.text.includes('{"status":"ok"}'));
    });
  });
});

describe("a client that uploads", () => {
  test("proxy cuts it off when it stops in the middle", async (t) => {
    const upstream = await startUpstream(t, (request) => {
      request.resume().on("error", () => {});
    });
    const gateway = await startProxy(t, upstream.port, { times: { pause: SHORT } });
    const client = new RawClient(t, gateway.port).send(
      "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
    );
    await until("it is cut off", () => client.ended || client.closed);
    await until("all is freed", () => gateway.sockets.size === 0 && upstream.sockets.size === 0);
    assert.deepEqual(gateway.log, []);
  });

  test("proxy lets it take many times as long as each of these limits", async (t) => {
    const limit = 1_000;
    const upstream = await startUpstream(t, (request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.once("end", () => response.end(text));
    });
    const times = { head: limit, pause: limit, smallBody: 1, rest: 1 };
    const { port } = await startProxy(t, upstream.port, { times });
    /**
     * Whether it has sent as it was meant to: a machine that stands still makes a pause of its own.
     */
    const upload = async (): Promise<boolean> => {
      const request = httpRequest({ port, host: "127.0.0.1", method: "POST" });
      const answered = once(request, "response") as Promise<[IncomingMessage]>;
      answered.catch(() => undefined);
      request.on("error", () => undefined);
      const began = performance.now();
      let [sent, last, isSteady] = ["", began, true];
      while (last - began < 3 * limit && isSteady) {
        sent += "x";
        request.write("x");
        await delay(limit / 10);
        isSteady = performance.now() - last < limit / 2;
        last = performance.now();
      }
      if (!isSteady) request.destroy();
      else {
        request.end();
        const [message] = await answered;
        assert.equal((await replyOf(message)).body.toString(), sent);
      }
      return isSteady;
    };
    await until("it has sent without a pause of the machine's", upload);
  });

  test("proxy waits for as long as Streamlit takes nothing more", async (t) => {
    let far: IncomingMessage | undefined;
    const upstream = await startUpstream(t, (request, response) => {
      far = request;
      request.pause();
      request.once("end", () => response.end("all"));
    });
    // The client is in this process: on a busy machine it makes pauses of its own while it sends.
    const pause = 10 * SHORT;
    const { port } = await startProxy(t, upstream.port, { times: { pause } });
    const request = httpRequest({ port, host: "127.0.0.1", method: "POST" });
    const answer = once(request, "response") as Promise<[IncomingMessage]>;
    request.end(Buffer.alloc(64 << 20));
    await until("Streamlit has it", () => far !== undefined);
    await delay(1.5 * pause);
    far?.resume();
    const [message] = await answer;
    assert.equal((await replyOf(message)).body.toString(), "all");
  });

  test("proxy cuts off the rest of what Streamlit has refused", async (t) => {
    const upstream = await startUpstream(t, (_, response) => response.writeHead(403).end("no"));
    const { port, sockets } = await startProxy(t, upstream.port, { times: { rest: SHORT } });
    const client = new RawClient(t, port).send(
      "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhalf",
    );
    await until("it is answered", () => client.text.includes("no"));
    await until("it is cut off", () => {
      if (!client.ended) client.send("a");
      return client.ended || client.closed;
    });
    await until("the socket is freed", () => sockets.size === 0);
  });
});

describe("a connection without traffic", () => {
  const times = { head: SHORT, pause: SHORT, smallBody: SHORT, rest: SHORT };

  test("a WebSocket stays open", async () => {
    await withRig(
      async (rig) => {
        const socket = await new RawBrowser(rig).connect();
        await delay(5 * SHORT);
        assert.ok(!socket.isClosed);
        const { messages } = socket;
        rig.streamlit.last.socket.send(Buffer.from("later"));
        await until("a message comes", () => socket.messages > messages);
        await socket.close();
      },
      { gateway: { times } },
    );
  });

  test("a WebSocket that Streamlit takes its time to accept stays open", async (t) => {
    const upstream = await startUpstream(t, (_, response) => response.end());
    const sockets = new WebSocketServer({ noServer: true });
    upstream.server.on("upgrade", (request, socket, head) => {
      setTimeout(() => sockets.handleUpgrade(request, socket, head, () => {}), 5 * SHORT);
    });
    const { port } = await startProxy(t, upstream.port, { times });
    const page = new WebSocket(`ws://127.0.0.1:${port}/_stcore/stream`);
    t.after(() => page.terminate());
    await once(page, "open");
  });

  test("an event stream stays open", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      setTimeout(() => response.end("data: 2\n\n"), 5 * SHORT);
    });
    const { port } = await startProxy(t, upstream.port, { times });
    const request = httpRequest({ port, host: "127.0.0.1" }).end();
    const [message] = (await once(request, "response")) as [IncomingMessage];
    assert.equal((await replyOf(message)).body.toString(), "data: 1\n\ndata: 2\n\n");
  });
});
