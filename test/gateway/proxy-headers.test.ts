import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, test, type TestContext } from "node:test";
import type { Exchange } from "../../src/gateway/proxy/hooks.ts";
import type { ProxyOptions } from "../../src/gateway/proxy/proxy.ts";
import { parseTrustProxy } from "../../src/identity/trust-proxy.ts";
import { until } from "../support/until.ts";
import { ask, RawClient, startProxy, startUpstream } from "./proxy-fixture.ts";

/** Sends a request through the proxy and gives what the upstream saw. */
async function seen(
  t: TestContext,
  lines: string[],
  options: Partial<ProxyOptions> = {},
): Promise<IncomingMessage> {
  let message: IncomingMessage | undefined;
  const upstream = await startUpstream(t, (request, response) => {
    message = request;
    response.end("ok");
  });
  const { port } = await startProxy(t, upstream.port, options);
  new RawClient(t, port).send(`${lines.join("\r\n")}\r\n\r\n`);
  await until("the upstream was asked", () => message !== undefined);
  return message!;
}

describe("request headers", () => {
  test("proxy keeps Host with its port exactly as sent", async (t) => {
    const { headers } = await seen(t, ["GET / HTTP/1.1", "Host: App.Example:8501"]);
    assert.equal(headers.host, "App.Example:8501");
  });

  test("proxy drops hop-by-hop headers and those named by Connection", async (t) => {
    const { rawHeaders } = await seen(t, [
      "GET / HTTP/1.1",
      "Host: a",
      "Connection: keep-alive, X-Mine, X-Forwarded-For",
      "Keep-Alive: timeout=9",
      "Proxy-Connection: keep-alive",
      "Proxy-Authorization: Basic eDp5",
      "TE: trailers",
      "X-Mine: 1",
      "X-Yours: 2",
    ]);
    const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    for (const name of ["keep-alive", "proxy-connection", "proxy-authorization", "te", "x-mine"])
      assert.ok(!names.includes(name), `${name} went upstream`);
    assert.ok(names.includes("x-yours"));
    assert.ok(names.includes("x-forwarded-for"), "what the gateway says about the client stays");
  });

  test("proxy replaces forwarding headers when the peer is not trusted", async (t) => {
    const { headers } = await seen(t, [
      "GET / HTTP/1.1",
      "Host: app.example",
      "X-Forwarded-For: 203.0.113.7",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: evil.example",
      "X-Forwarded-Port: 1",
      "X-Real-IP: 203.0.113.7",
      "Forwarded: for=203.0.113.7",
    ]);
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], "app.example");
    for (const name of ["x-forwarded-port", "x-real-ip", "forwarded"])
      assert.equal(headers[name], undefined, name);
  });

  test("proxy passes the browser's address on when a trusted proxy told it", async (t) => {
    const { headers } = await seen(
      t,
      [
        "GET / HTTP/1.1",
        "Host: inner",
        "X-Forwarded-For: 198.51.100.9, 203.0.113.7, 10.0.0.2",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: app.example",
      ],
      { trust: parseTrustProxy(["loopback", "10.0.0.0/8"]) },
    );
    // uvicorn takes the last one it does not know for the browser.
    assert.equal(headers["x-forwarded-for"], "198.51.100.9, 203.0.113.7");
    assert.equal(headers["x-forwarded-proto"], "https");
    assert.equal(headers["x-forwarded-host"], "app.example");
    assert.equal(headers.host, "inner");
  });

  test("proxy sends the cookies as one header when they came as several", async (t) => {
    const { rawHeaders } = await seen(t, [
      "GET / HTTP/1.1",
      "Host: a",
      "Cookie: a=1",
      "Cookie: b=2",
    ]);
    const at = rawHeaders.findIndex((name) => name.toLowerCase() === "cookie");
    assert.equal(rawHeaders[at + 1], "a=1; b=2");
  });

  test("proxy sends no body if none came", async (t) => {
    const { headers } = await seen(t, ["POST / HTTP/1.1", "Host: a", "Content-Length: 0"]);
    assert.equal(headers["content-length"], "0");
    assert.equal(headers["transfer-encoding"], undefined);
  });

  test("proxy sends the path and query as they came, or as a hook changed them", async (t) => {
    const plain = await seen(t, ["GET /a%2Fb?x=1&y=%20 HTTP/1.1", "Host: a"]);
    assert.equal(plain.url, "/a%2Fb?x=1&y=%20");
    const changed = await seen(t, ["GET /a?x=1 HTTP/1.1", "Host: a"], {
      hooks: {
        headers(exchange, headers) {
          exchange.upstreamUrl = "/b";
          headers["x-added"] = "1";
        },
      },
    });
    assert.equal(changed.url, "/b");
    assert.equal(changed.headers["x-added"], "1");
    const absolute = await seen(t, ["GET http://a/c?d HTTP/1.1", "Host: a"]);
    assert.equal(absolute.url, "/c?d");
  });
});

describe("an exchange", () => {
  const cases: [string, string, string][] = [
    ["", "/two?x", "/two"],
    ["/app", "/app", "/"],
    ["/app", "/app/", "/"],
    ["app/", "/app/two", "/two"],
    ["/app", "/apple", ""],
    ["/app", "/", ""],
    ["", "/%63omponent/x", "/component/x"],
    ["", "/%", "/%"],
  ];
  for (const [basePath, url, path] of cases)
    test(`path is ${JSON.stringify(path)} when ${url} is asked for under base path ${JSON.stringify(basePath)}`, async (t) => {
      let exchange: Exchange | undefined;
      const upstream = await startUpstream(t, (_, response) => response.end());
      const { port } = await startProxy(t, upstream.port, {
        basePath,
        hooks: { headers: (it) => void (exchange = it) },
      });
      await ask(port, { path: url });
      assert.equal(exchange?.path, path);
    });
});

describe("answer headers", () => {
  test("proxy drops hop-by-hop headers and those named by Connection from answers", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(200, [
        ["Connection", "keep-alive, X-Mine"],
        ["Keep-Alive", "timeout=77"],
        ["Proxy-Authenticate", "Basic"],
        ["X-Mine", "1"],
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Twice", "1"],
        ["X-Twice", "2"],
      ] as never);
      response.end("ok");
    });
    const { port } = await startProxy(t, upstream.port);
    const { headers } = await ask(port);
    assert.equal(headers["x-mine"], undefined);
    assert.equal(headers["proxy-authenticate"], undefined);
    assert.doesNotMatch(String(headers["keep-alive"]), /77/);
    assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(headers["x-twice"], "1, 2");
  });

  test("proxy gives status and reason as Streamlit said them", async (t) => {
    const upstream = await startUpstream(t, (_, response) => {
      response.writeHead(418, "Short and stout").end();
    });
    const { port } = await startProxy(t, upstream.port);
    const { status, message } = await ask(port);
    assert.equal(status, 418);
    assert.equal(message.statusMessage, "Short and stout");
  });
});
