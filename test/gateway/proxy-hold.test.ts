import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import {
  ask,
  listening,
  RawClient,
  startProxy,
  startUpstream,
  upgradeText,
} from "./proxy-fixture.ts";

describe("Streamlit away", () => {
  test("proxy holds requests, uploads and WebSockets until it is back, then it answers them", async (t) => {
    const port = await freePort();
    const gateway = await startProxy(t, port);
    const health = ask(gateway.port, { path: "/_stcore/health" });
    const config = ask(gateway.port, { path: "/_stcore/host-config" });
    const page = ask(gateway.port, { headers: { accept: "text/html" } });
    const upload = ask(gateway.port, { path: "/_stcore/upload_file", method: "PUT", body: "file" });
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/_stcore/stream`);
    let opened = false;
    socket.once("open", () => (opened = true));
    t.after(() => socket.terminate());
    await until("all have come", () => gateway.sockets.size === 5);

    const server = createServer((request, response) => {
      request.on("data", (chunk: Buffer) => response.write(chunk));
      request.once("end", () => response.end(request.url));
    });
    new WebSocketServer({ server });
    await listening(t, server, port);
    assert.equal((await health).body.toString(), "/_stcore/health");
    assert.equal((await config).body.toString(), "/_stcore/host-config");
    assert.equal((await page).body.toString(), "/");
    assert.equal((await upload).body.toString(), "file/_stcore/upload_file");
    await until("the WebSocket is open", () => opened);
  });

  test("proxy waits for a Streamlit that listens and is not ready", async (t) => {
    let ready = false;
    let probes = 0;
    const port = await freePort();
    let attempts = 0;
    const gateway = await startProxy(t, () => {
      attempts++;
      return port;
    });
    const answer = ask(gateway.port, { path: "/" });
    await until("it was tried in vain", () => attempts > 1);
    const server = createServer((request, response) => {
      if (request.url === "/_stcore/health") {
        probes++;
        response.writeHead(ready ? 200 : 503).end();
      } else response.end(ready ? "ready" : "too early");
    });
    await listening(t, server, port);
    await until("it was asked", () => probes > 1);
    ready = true;
    assert.equal((await answer).body.toString(), "ready");
  });

  test("proxy holds a request that Streamlit died over, when it can be sent again", async (t) => {
    let dying = true;
    const upstream = await startUpstream(t, (request, response) => {
      if (dying && request.url === "/_stcore/host-config") {
        dying = false;
        request.socket.destroy();
      } else response.end("back");
    });
    const { port } = await startProxy(t, upstream.port);
    const { body } = await ask(port, { path: "/_stcore/host-config" });
    assert.equal(body.toString(), "back");
  });

  test("proxy answers 503 in plain words when it does not come back in time", async (t) => {
    const { port } = await startProxy(t, await freePort(), { holdFor: 150 });
    const plain = await ask(port, { path: "/_stcore/health" });
    assert.equal(plain.status, 503);
    assert.match(plain.body.toString(), /^The app is not running right now\./);
    assert.equal(plain.headers["retry-after"], "2");
    const page = await ask(port, { headers: { accept: "text/html" } });
    assert.equal(page.status, 503);
    assert.match(String(page.headers["content-type"]), /^text\/html/);
    assert.equal(page.headers["cache-control"], "no-store");
    assert.match(page.body.toString(), /<h1>The app is not running right now<\/h1>/);
    const head = await ask(port, { method: "HEAD" });
    assert.deepEqual([head.status, head.body.length], [503, 0]);
    const client = new RawClient(t, port).send(upgradeText("/_stcore/stream"));
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 502 /);
  });

  test("proxy forgets those who go away while they wait", async (t) => {
    const port = await freePort();
    const gateway = await startProxy(t, port);
    const request = httpRequest({ port: gateway.port, host: "127.0.0.1" }).end();
    request.on("error", () => {});
    const client = new RawClient(t, gateway.port).send(upgradeText("/"));
    await until("both have come", () => gateway.sockets.size === 2);
    request.destroy();
    client.socket.destroy();
    await until("both are gone", () => gateway.sockets.size === 0);
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url);
      response.end();
    });
    await listening(t, server, port);
    await ask(gateway.port, { path: "/another" });
    assert.deepEqual(
      seen.filter((url) => url !== "/_stcore/health"),
      ["/another"],
    );
  });

  test("proxy.close() lets no client wait on", async (t) => {
    const gateway = await startProxy(t, await freePort(), { holdFor: 60_000 });
    const answer = ask(gateway.port);
    await until("it has come", () => gateway.sockets.size === 1);
    // The refused connection is seen a moment later; a wait that begins then ends at once as well.
    await gateway.proxy.close();
    assert.equal((await answer).status, 503);
  });
});
