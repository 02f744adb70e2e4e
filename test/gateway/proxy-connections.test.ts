import assert from "node:assert/strict";
import { Agent, createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { ask, listening, RawClient, startProxy, startUpstream } from "./proxy-fixture.ts";

describe("connections to Streamlit", () => {
  test("proxy uses a kept connection again", async (t) => {
    let connections = 0;
    const upstream = await startUpstream(t, (_, response) => response.end("ok"));
    upstream.server.on("connection", () => connections++);
    const { port } = await startProxy(t, upstream.port);
    for (let i = 0; i < 5; i++) assert.equal((await ask(port)).body.toString(), "ok");
    assert.equal(connections, 1);
  });

  test("proxy tries again when a kept connection turns out to be closed", async (t) => {
    let requests = 0;
    const fates: ((socket: Socket) => void)[] = [];
    const upstream = await startUpstream(t, (request, response) => {
      requests++;
      const fate = fates.shift();
      if (fate === undefined) response.end("ok");
      else fate(request.socket);
    });
    const { port } = await startProxy(t, upstream.port, { holdFor: 0 });
    assert.equal((await ask(port)).status, 200);
    fates.push((socket) => socket.destroy());
    assert.equal((await ask(port)).body.toString(), "ok");
    assert.equal(requests, 3);
  });

  test("proxy never sends a POST twice", async (t) => {
    let posts = 0;
    const upstream = await startUpstream(t, (request, response) => {
      if (request.method === "POST") {
        posts++;
        request.socket.destroy();
      } else response.end("ok");
    });
    const { port } = await startProxy(t, upstream.port);
    assert.equal((await ask(port)).status, 200);
    assert.equal((await ask(port, { method: "POST", body: "x" })).status, 502);
    assert.equal(posts, 1);
  });

  test("proxy gives up on a request that breaks Streamlit each time", async (t) => {
    let requests = 0;
    const upstream = await startUpstream(t, (request, response) => {
      if (request.url === "/_stcore/health") response.end("ok");
      else {
        requests++;
        request.socket.destroy();
      }
    });
    const { port } = await startProxy(t, upstream.port);
    assert.equal((await ask(port)).status, 502);
    assert.equal(requests, 3);
  });

  test("proxy answers a request that asks for h2c like any other", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      assert.equal(request.headers.upgrade, undefined);
      response.end("plain");
    });
    const { port } = await startProxy(t, upstream.port);
    const client = new RawClient(t, port).send(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
    );
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n[^]*plain/);
  });

  test("proxy refuses an upgrade with a body", async (t) => {
    const upstream = await startUpstream(t, (_, response) => response.end());
    const { port } = await startProxy(t, upstream.port);
    const client = new RawClient(t, port).send(
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody",
    );
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 400 /);
    assert.equal(upstream.sockets.size, 0);
  });

  test("proxy answers a client of HTTP/1.0 without chunks", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, { trailer: "X-Sum" });
      response.write("one");
      response.addTrailers({ "X-Sum": "1" });
      response.end("two");
    });
    const { port } = await startProxy(t, upstream.port);
    const client = new RawClient(t, port).send("GET / HTTP/1.0\r\n\r\n");
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /\r\n\r\nonetwo$/);
  });
});

describe("hooks", () => {
  test("answer() keeps a request from Streamlit, at once or later", async (t) => {
    let asked = 0;
    const upstream = await startUpstream(t, (_, response) => {
      asked++;
      response.end("streamlit");
    });
    const { port } = await startProxy(t, upstream.port, {
      hooks: {
        answer(exchange, response) {
          if (exchange.path === "/no") return false;
          const answered = Promise.resolve(true);
          response.end(exchange.query.get("q"));
          return exchange.path === "/now" ? true : answered;
        },
      },
    });
    assert.equal((await ask(port, { path: "/now?q=1" })).body.toString(), "1");
    assert.equal((await ask(port, { path: "/later?q=2" })).body.toString(), "2");
    assert.equal(asked, 0);
    assert.equal((await ask(port, { path: "/no" })).body.toString(), "streamlit");
  });

  test("a hook that throws ends the request with 500 and a line in the log", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      response.setHeader(
        "content-type",
        request.url === "/html" ? "text/html" : "application/json",
      );
      const page =
        '<head><script src="static/js/index.C1z8KpLA.js"></script></head><div id="root"></div>';
      response.end(request.url === "/html" ? page : "{}");
    });
    const fail = (): never => {
      throw new TypeError("on purpose");
    };
    const { port, log } = await startProxy(t, upstream.port, {
      hooks: {
        answer: ({ path }) => path === "/answer" && fail(),
        headers: ({ path }) => void (path === "/headers" && fail()),
        html: fail,
        hostConfig: fail,
      },
    });
    const paths = ["/answer", "/headers", "/html", "/_stcore/host-config"];
    for (const path of paths) assert.equal((await ask(port, { path })).status, 500, path);
    assert.deepEqual(log, Array(4).fill("gateway: TypeError: on purpose"));
    await until("no request is left over", () =>
      [...upstream.sockets].every((s) => s.bytesWritten > 0),
    );
  });

  test("hostConfig() changes what Streamlit says, and only that", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      if (request.url === "/two/_stcore/host-config") response.writeHead(404);
      response.end(JSON.stringify({ allowedOrigins: ["https://a"] }));
    });
    const { port } = await startProxy(t, upstream.port, {
      hooks: {
        hostConfig: (_, config) => ({
          ...config,
          allowedOrigins: [config["allowedOrigins"], "mine"].flat(),
        }),
      },
    });
    const { headers, body } = await ask(port, { path: "/_stcore/host-config" });
    assert.deepEqual(JSON.parse(body.toString()), { allowedOrigins: ["https://a", "mine"] });
    assert.equal(headers["content-length"], String(body.length));
    const other = await ask(port, { path: "/two/_stcore/host-config" });
    assert.equal(other.status, 404);
    assert.deepEqual(JSON.parse(other.body.toString()), { allowedOrigins: ["https://a"] });
  });
});

test("proxy frees every connection when it closes", async (t) => {
  const upstream = await startUpstream(t, (_, response) => response.end("ok"));
  const { port, proxy } = await startProxy(t, upstream.port);
  await ask(port, { agent: new Agent() });
  assert.equal(upstream.sockets.size, 1);
  await proxy.close();
  await until("none is left", () => upstream.sockets.size === 0);
});

test("proxy asks for the upstream's address anew when it has moved", async (t) => {
  const first = await startUpstream(t, (_, response) => response.end("first"));
  const second = await listening(
    t,
    createServer((_, response) => response.end("second")),
  );
  let at = first.port;
  const { port } = await startProxy(t, () => at);
  assert.equal((await ask(port)).body.toString(), "first");
  at = second.port;
  assert.equal((await ask(port)).body.toString(), "second");
});
