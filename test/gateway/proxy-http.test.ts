import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { ask, RawClient, replyOf, startProxy, startUpstream } from "./proxy-fixture.ts";

describe("bodies", () => {
  test("proxy tells Streamlit when the client goes away", async (t) => {
    let closed = false;
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200);
      response.write("begun");
      response.once("close", () => (closed = true));
    });
    const { port, sockets } = await startProxy(t, upstream.port);
    const request = httpRequest({ port, host: "127.0.0.1" }).end();
    const [message] = (await once(request, "response")) as [IncomingMessage];
    message.on("error", () => {});
    request.destroy();
    await until("the upstream has heard of it", () => closed);
    await until("the gateway let go", () => sockets.size === 0);
  });

  test("proxy tells Streamlit when the client goes away in the middle of an upload", async (t) => {
    let aborted = false;
    let received = 0;
    const upstream = await startUpstream(t, (request) => {
      request.on("data", (chunk: Buffer) => (received += chunk.length));
      request.once("error", () => (aborted = true));
    });
    const { port } = await startProxy(t, upstream.port);
    const client = new RawClient(t, port).send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n12345",
    );
    await until("the upload has begun", () => received === 5);
    client.socket.destroy();
    await until("the upstream has heard of it", () => aborted);
  });

  test("proxy keeps nothing of 400 clients that go away at any moment", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      request.on("error", () => {});
      request.resume().once("end", () => {
        response.write("x".repeat(100_000));
        setImmediate(() => response.end("end"));
      });
    });
    const { port, sockets } = await startProxy(t, upstream.port, {
      hooks: { html: () => ({ head: "" }), headers: (_, headers) => void headers },
    });
    for (let round = 0; round < 400; round++) {
      const method = round % 3 === 0 ? "POST" : "GET";
      const request = httpRequest({ port, host: "127.0.0.1", method, agent: false });
      request.on("error", () => {});
      request.on("response", (message) => message.on("error", () => {}).resume());
      request.end(method === "POST" ? "y".repeat(50_000) : undefined);
      for (let turn = 0; turn < round % 23; turn++) await new Promise(setImmediate);
      request.destroy();
    }
    await until("the gateway let go", () => sockets.size === 0);
    // What stays open is idle, kept for the next request.
    const before = upstream.sockets.size;
    await Promise.all(Array.from({ length: before }, () => ask(port)));
    assert.ok(upstream.sockets.size <= before + 1, `${upstream.sockets.size} of ${before}`);
  });

  for (const framing of [
    "Content-Length: 1000\r\n\r\nbegun",
    "Transfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n",
  ])
    test(`proxy breaks off when Streamlit dies in the middle of a body with ${framing.split(":")[0]}`, async (t) => {
      const upstream = await startUpstream(t, (request) => {
        request.socket.write(`HTTP/1.1 200 OK\r\n${framing}`, () => request.socket.destroySoon());
      });
      const { port } = await startProxy(t, upstream.port);
      const request = httpRequest({ port, host: "127.0.0.1" }).end();
      const [message] = (await once(request, "response")) as [IncomingMessage];
      await assert.rejects(replyOf(message), { code: "ECONNRESET" });
    });

  for (const path of ["/_stcore/host-config", "/static/js/index.DormvYxC.js"])
    test(`proxy answers 502 when Streamlit dies in the middle of ${path}, of which nothing was sent yet`, async (t) => {
      const upstream = await startUpstream(t, (_, response) => {
        response.setHeader("cache-control", "public, immutable");
        response.write("{", () => response.socket?.destroySoon());
      });
      const { port } = await startProxy(t, upstream.port, {
        hooks: { hostConfig: (_, config) => config },
      });
      const { status } = await ask(port, { path, headers: { "accept-encoding": "gzip" } });
      assert.equal(status, 502);
    });

  test("proxy takes no more from Streamlit than a slow client reads", async (t) => {
    let sent = 0;
    let full = false;
    const upstream = await startUpstream(t, (request, response) => {
      if (request.url === "/other") {
        response.end();
        return;
      }
      const more = (): void => {
        while (sent < 1e9) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) {
            full = true;
            response.once("drain", more);
            return;
          }
          full = false;
        }
      };
      more();
    });
    const { port } = await startProxy(t, upstream.port);
    const request = httpRequest({ port, host: "127.0.0.1" }).end();
    const [message] = (await once(request, "response")) as [IncomingMessage];
    message.on("error", () => {});
    await until("nothing moves any more, while others are served", async () => {
      const before = sent;
      for (let i = 0; i < 20; i++) await ask(port, { path: "/other" });
      return full && sent === before;
    });
    assert.ok(sent < 64e6, `${sent} bytes were taken for a client that read nothing`);
    request.destroy();
  });

  test("proxy passes the trailers of an answer on, and drops those of a request", async (t) => {
    let heard: IncomingMessage | undefined;
    const upstream = await startUpstream(t, (request, response) => {
      heard = request;
      request.resume().once("end", () => {
        response.writeHead(200, { trailer: "X-Sum" });
        response.write("body");
        response.addTrailers({ "X-Sum": "down" });
        response.end();
      });
    });
    const { port } = await startProxy(t, upstream.port);
    const names = ["X-Forwarded-User", "Cookie", "X-Persist-Session", "X-Sum"];
    const request = httpRequest({
      port,
      host: "127.0.0.1",
      method: "POST",
      headers: { trailer: names.join(", "), "transfer-encoding": "chunked" },
    });
    request.write("body");
    request.addTrailers(Object.fromEntries(names.map((name) => [name, "up"])));
    request.end();
    const [message] = (await once(request, "response")) as [IncomingMessage];
    const { body } = await replyOf(message);
    assert.equal(body.toString(), "body");
    assert.deepEqual(heard?.rawTrailers, []);
    assert.equal(heard?.headers.trailer, undefined);
    assert.equal(message.trailers["x-sum"], "down");
  });

  test("proxy answers HEAD with the headers of Streamlit's answer and no body", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { "content-length": 1234, etag: '"x"' }).end();
    });
    const { port } = await startProxy(t, upstream.port);
    const { headers, body } = await ask(port, { method: "HEAD" });
    assert.equal(headers["content-length"], "1234");
    assert.equal(body.length, 0);
  });

  test("proxy passes 304 and conditions on when it is no page", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      response
        .writeHead(request.headers["if-none-match"] === '"x"' ? 304 : 200, { etag: '"x"' })
        .end();
    });
    const { port } = await startProxy(t, upstream.port, { hooks: { html: () => ({ head: "" }) } });
    const { status, headers } = await ask(port, {
      path: "/media/a.png",
      headers: { "if-none-match": '"x"' },
    });
    assert.equal(status, 304);
    assert.equal(headers.etag, '"x"');
  });

  test("proxy passes ranges on", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      assert.equal(request.headers.range, "bytes=2-4");
      response.writeHead(206, { "content-range": "bytes 2-4/10", "content-length": 3 }).end("cde");
    });
    const { port } = await startProxy(t, upstream.port);
    const { status, headers, body } = await ask(port, { headers: { range: "bytes=2-4" } });
    assert.equal(status, 206);
    assert.equal(headers["content-range"], "bytes 2-4/10");
    assert.equal(body.toString(), "cde");
  });

  test("proxy delivers the headers of a stream before its first event", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
    });
    const { port } = await startProxy(t, upstream.port);
    const request = httpRequest({ port, host: "127.0.0.1" }).end();
    const [message] = (await once(request, "response")) as [IncomingMessage];
    assert.equal(message.statusCode, 200);
    message.on("error", () => {});
    request.destroy();
  });

  test("proxy serves 300 event streams at a time", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
    });
    const { port } = await startProxy(t, upstream.port);
    const streams = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const request = httpRequest({ port, host: "127.0.0.1", agent: false }).end();
        const [message] = (await once(request, "response")) as [IncomingMessage];
        message.on("error", () => {});
        const [first] = (await once(message, "data")) as [Buffer];
        assert.equal(first.toString(), "data: 1\n\n");
        return request;
      }),
    );
    assert.equal(upstream.sockets.size, 300);
    for (const request of streams) request.destroy();
    await until("all are let go", () => upstream.sockets.size === 0);
  });
});
