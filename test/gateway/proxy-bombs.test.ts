import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { until } from "../support/until.ts";
import { ask, type Gateway, RawClient, startProxy, startUpstream } from "./proxy-fixture.ts";

const MB = 1 << 20;
/** An answer that is compressed without being asked for, of this many plain bytes. */
const PLAIN = 128 * MB;
const BOMBS = {
  gzip: gzipSync(Buffer.alloc(PLAIN, "<p>")),
  br: brotliCompressSync(Buffer.alloc(PLAIN, "<p>"), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
  }),
} as const;

async function front(t: TestContext, coding: keyof typeof BOMBS): Promise<Gateway> {
  const upstream = await startUpstream(t, ({ url }, response) => {
    if (url === "/other") {
      response.end("other");
      return;
    }
    const isAsset = url?.startsWith("/static/") === true;
    response.writeHead(200, {
      "content-type": isAsset ? "text/javascript" : "text/html",
      "cache-control": "immutable",
      "content-encoding": coding,
    });
    response.end(BOMBS[coding]);
  });
  return await startProxy(t, upstream.port, {
    hooks: { html: () => ({ head: "x" }), hostConfig: (_, config) => config },
  });
}

describe("an answer that is much more than it seems", () => {
  for (const coding of ["gzip", "br"] as const) {
    test(`proxy inflates a page of ${coding} no faster than the client reads it`, async (t) => {
      const { port } = await front(t, coding);
      const before = process.memoryUsage.rss();
      const client = new RawClient(t, port);
      client.socket.pause();
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      let most = 0;
      for (let i = 0; i < 200; i++) {
        assert.equal((await ask(port, { path: "/other" })).body.toString(), "other");
        most = Math.max(most, process.memoryUsage.rss() - before);
      }
      assert.ok(most < PLAIN / 2, `${Math.round(most / MB)} MB more`);
    });

    test(`proxy refuses a host-config of ${coding} that is longer than any`, async (t) => {
      const { port } = await front(t, coding);
      assert.equal((await ask(port, { path: "/_stcore/host-config" })).status, 502);
    });

    test(`proxy passes an asset of ${coding} on as it is when it is too long to keep`, async (t) => {
      const { port } = await front(t, coding);
      const headers = { "accept-encoding": "gzip, br" };
      const reply = await ask(port, { path: "/static/js/index.DormvYxC.js", headers });
      assert.equal(reply.headers["content-encoding"], coding);
      assert.ok(reply.body.equals(BOMBS[coding]));
    });
  }

  test("proxy lets go of a page when the client goes away in the middle", async (t) => {
    const { port, sockets } = await front(t, "gzip");
    const client = new RawClient(t, port).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await until("it has begun", () => client.text !== "");
    client.socket.destroy();
    await until("the socket is freed", () => sockets.size === 0);
  });
});
