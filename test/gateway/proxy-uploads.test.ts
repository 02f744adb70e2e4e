import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { until } from "../support/until.ts";
import { ask, RawClient, replyOf, startProxy, startUpstream } from "./proxy-fixture.ts";

const MB = 1024 * 1024;

describe("uploads", () => {
  test("proxy carries 200 MB unchanged in flat memory", async (t) => {
    const upstream = await startUpstream(t, (request, response) => {
      const hash = createHash("sha1");
      request.on("data", (chunk: Buffer) => hash.update(chunk));
      request.once("end", () => response.end(hash.digest("hex")));
    });
    const { port } = await startProxy(t, upstream.port);
    const block = Buffer.alloc(MB);
    for (let i = 0; i < block.length; i += 4) block.writeInt32LE((i * 2654435761) | 0, i);
    const hash = createHash("sha1");
    const before = process.memoryUsage.rss();
    let most = before;
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 200; i++) {
          hash.update(block);
          most = Math.max(most, process.memoryUsage.rss());
          yield block;
        }
      })(),
    );
    const request = httpRequest({ port, host: "127.0.0.1", method: "PUT" });
    body.pipe(request);
    const [message] = (await once(request, "response")) as [IncomingMessage];
    assert.equal((await replyOf(message)).body.toString(), hash.digest("hex"));
    // Client, proxy and upstream share this process; what is held of 200 MB must not show.
    assert.ok(most - before < 120 * MB, `${Math.round((most - before) / MB)} MB more`);
  });

  for (const closes of [true, false])
    test(`proxy passes an early 413 on when Streamlit ${closes ? "closes" : "goes on reading"} after it`, async (t) => {
      const upstream = await startUpstream(t, (request, response) => {
        request.once("data", () => {
          request.pause();
          response.writeHead(413, { connection: closes ? "close" : "keep-alive" }).end("too much");
          if (closes) request.socket.destroySoon();
          else request.resume();
        });
        request.on("error", () => {});
      });
      const { port, sockets } = await startProxy(t, upstream.port);
      // Each round meets the moment of the close differently.
      for (let round = 0; round < 20; round++) {
        const request = httpRequest({ port, host: "127.0.0.1", method: "POST", agent: false });
        request.setHeader("content-length", 32 * MB);
        let failed: Error | undefined;
        request.on("error", (error) => (failed = error));
        const answer = once(request, "response") as Promise<[IncomingMessage]>;
        for (let i = 0; i < 32; i++) request.write(Buffer.alloc(MB));
        const [message] = await answer;
        const { status, body } = await replyOf(message);
        assert.equal(status, 413);
        assert.equal(body.toString(), "too much");
        assert.equal(failed, undefined);
        request.destroy();
      }
      await until("all sockets are freed", () => sockets.size === 0 && upstream.sockets.size === 0);
    });

  test("proxy answers 502 when Streamlit dies in the middle of an upload", async (t) => {
    const upstream = await startUpstream(t, (request) => {
      request.once("data", () => request.socket.resetAndDestroy());
      request.on("error", () => {});
    });
    const { port } = await startProxy(t, upstream.port);
    const { status } = await ask(port, { method: "POST", body: Buffer.alloc(8 * MB) });
    assert.equal(status, 502);
  });

  test("proxy lets the client wait for Streamlit's leave to send a body", async (t) => {
    let asked = false;
    let allow: (() => void) | undefined;
    const upstream = await startUpstream(t, (_, response) => response.end("unexpected"));
    upstream.server.on("checkContinue", (request: IncomingMessage, response) => {
      asked = true;
      allow = () => {
        response.writeContinue();
        request.on("data", (chunk: Buffer) => response.end(`got ${chunk.toString()}`));
      };
    });
    const { port } = await startProxy(t, upstream.port);
    const client = new RawClient(t, port).send(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    );
    await until("Streamlit is asked", () => asked);
    assert.equal(client.text, "");
    allow?.();
    await until("leave has come", () => client.text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    await until("the answer has come", () => client.text.includes("got body"));
  });

  test("proxy passes a refusal on before any of the body is sent", async (t) => {
    const upstream = await startUpstream(t, () => {});
    upstream.server.on("checkContinue", (_, response) => response.writeHead(413).end("no"));
    const { port } = await startProxy(t, upstream.port);
    const client = new RawClient(t, port).send(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    );
    await until("the answer has come", () => client.ended);
    assert.match(client.text, /^HTTP\/1\.1 413 [^]*connection: close/i);
  });
});
