import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Http2Server } from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import Fastify from "fastify";
import { persistSession as fastifySession } from "../../src/adapter/fastify.ts";
import { persistSession } from "../../src/adapter/http.ts";
import { restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { type HeldStore, heldStore } from "./held-store.ts";
import { ask, type Headers, type Reply, visitor } from "./http2-client.ts";

const text = "x".repeat(1000);

type Answering = (response: ServerResponse, count: number) => unknown;

/** Ways to answer, each with what has to arrive. */
const ways: Readonly<Record<string, { answer: Answering; expect: Partial<Reply> }>> = {
  "a text": {
    answer: (response) => response.end(text),
    expect: { status: 200, text },
  },
  "a text of known length": {
    answer: (response) => {
      response.writeHead(201, { "content-length": text.length });
      response.end(text);
    },
    expect: { status: 201, text },
  },
  "bytes of known length, set before": {
    answer: (response) => {
      response.setHeader("content-length", text.length);
      response.end(Buffer.from(text), () => undefined);
    },
    expect: { status: 200, text },
  },
  "a stream": {
    answer: (response) => Readable.from(["a", "b", "c"]).pipe(response),
    expect: { status: 200, text: "abc" },
  },
  "a stream of known length": {
    answer: (response) => {
      response.writeHead(200, { "content-length": 3 });
      Readable.from(["a", "b", "c"]).pipe(response);
    },
    expect: { status: 200, text: "abc" },
  },
  "writes and an end with text": {
    answer: (response) => {
      response.write("a");
      response.end("b");
    },
    expect: { status: 200, text: "ab" },
  },
  "a redirect": {
    answer: (response) => response.writeHead(302, { location: "/" }).end(),
    expect: { status: 302, text: "" },
  },
  "304": {
    answer: (response) => response.writeHead(304, { etag: '"a"' }).end(),
    expect: { status: 304, text: "" },
  },
  "204": {
    answer: (response) => {
      response.statusCode = 204;
      response.end();
    },
    expect: { status: 204, text: "" },
  },
  trailers: {
    answer: (response) => {
      response.setHeader("trailer", "x-sum");
      response.write("a");
      response.addTrailers({ "x-sum": "1" });
      response.end("b");
    },
    expect: { status: 200, text: "ab" },
  },
  "early hints": {
    answer: (response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.end("a");
    },
    expect: { status: 200, text: "a" },
  },
};

async function withServer(
  handler: (request: IncomingMessage, response: ServerResponse) => unknown,
  work: (port: number, store: HeldStore, warnings: string[]) => Promise<void>,
): Promise<void> {
  const store = heldStore();
  const warnings: string[] = [];
  const persist = persistSession({
    store,
    secret: SECRET,
    sweepInterval: false,
    log: (line) => void warnings.push(line),
  });
  const server: Http2Server = createServer((request, response) => {
    const pair = [request, response] as unknown as [IncomingMessage, ServerResponse];
    persist(...pair, async () => await handler(...pair));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work((server.address() as AddressInfo).port, store, warnings);
  } finally {
    server.close();
  }
}

for (const [what, { answer, expect }] of Object.entries(ways)) {
  test(`HTTP/2, node:http2: ${what} arrives whole, with the cookie and the change stored`, async () => {
    await withServer(
      async (request, response) => {
        const state = await restore(AppState);
        if (request.url === "/read") return response.end(String(state.count));
        state.count++;
        return answer(response, state.count);
      },
      async (port) => {
        const get = visitor(port);
        const reply = await get("/");
        for (const [name, value] of Object.entries(expect))
          assert.deepEqual(reply[name as keyof Reply], value, name);
        assert.equal(reply.setCookies.length, 1);
        if (what === "trailers") assert.equal(reply.trailers?.["x-sum"], "1");
        if (what === "early hints") assert.equal(reply.hints[0]?.[":status"], 103);
        // A second time, with its cookie, and by HEAD.
        assert.equal((await get("/")).status, expect.status);
        assert.deepEqual((await get("/", "HEAD")).text, "");
        assert.equal((await get("/read")).text, "3");
      },
    );
  });
}

test("HTTP/2: the end of an answer waits for the commit", async () => {
  await withServer(
    async (_request, response) => {
      (await restore(AppState)).count++;
      response.writeHead(200, { "content-length": 4 });
      response.end("done");
    },
    async (port, store) => {
      const hold = store.hold();
      let arrived = false;
      const reply = ask(port, "/").then((came) => {
        arrived = true;
        return came;
      });
      await hold.reached;
      assert.equal(arrived, false);
      hold.release();
      assert.equal((await reply).text, "done");
    },
  );
});

test("HTTP/2: a commit that fails before anything has left is a 500 with the error's code", async () => {
  await withServer(
    async (_request, response) => {
      (await restore(AppState)).list = [(() => {}) as unknown as string];
      response.writeHead(200, { "content-length": 4, etag: '"a"' });
      response.end("done");
    },
    async (port, _store, warnings) => {
      const { status, headers, text: body } = await ask(port, "/");
      assert.deepEqual([status, headers["etag"]], [500, undefined]);
      assert.match(body, /ERR_VALUE_UNSUPPORTED/);
      assert.equal(warnings.length, 1);
    },
  );
});

test("HTTP/2: a commit that fails after a part has left breaks the stream off, and the connection goes on", async () => {
  await withServer(
    async (request, response) => {
      if (request.url === "/fine") return response.end("fine");
      const state = await restore(AppState);
      state.count++;
      response.write("part");
      state.list = [(() => {}) as unknown as string];
      return response.end();
    },
    async (port) => {
      const client = connect(`http://127.0.0.1:${port}`);
      const broken = client.request({ ":path": "/" });
      await assert.rejects(async () => {
        for await (const _ of broken);
      }, /NGHTTP2_INTERNAL_ERROR/);
      const fine = client.request({ ":path": "/fine" });
      let body = "";
      for await (const chunk of fine.setEncoding("utf8")) body += chunk;
      assert.equal(body, "fine");
      client.close();
    },
  );
});

test("HTTP/2: a client that hangs up has what was done so far stored", async () => {
  await withServer(
    async (request, response) => {
      const state = await restore(AppState);
      if (request.url === "/read") return response.end(String(state.count));
      state.count++;
      return response.write("part");
    },
    async (port) => {
      const client = connect(`http://127.0.0.1:${port}`);
      const sent = client.request({ ":path": "/" });
      const [headers] = (await once(sent, "response")) as [Headers];
      sent.close();
      client.close();
      const cookie = headers["set-cookie"]?.[0]?.split(";")[0];
      let count = "0";
      while (count === "0") count = (await ask(port, "/read", { cookie })).text;
      assert.equal(count, "1");
    },
  );
});

test("HTTP/2: Fastify answers JSON, texts, streams, redirects, 404 and HEAD, with the changes stored", async () => {
  const app = Fastify({ http2: true });
  const persistence = fastifySession({ store: "memory:", secret: SECRET, sweepInterval: false });
  await app.register(persistence);
  app.get("/none", async () => "none");
  app.get("/read", async () => ({ count: (await restore(AppState)).count }));
  app.get("/write", async () => `n=${++(await restore(AppState)).count}`);
  app.get("/stream", async (_request, reply) => {
    (await restore(AppState)).count++;
    return await reply.send(Readable.from(["a", "b"]));
  });
  app.get("/redirect", async (_request, reply) => {
    (await restore(AppState)).count++;
    return await reply.redirect("/read");
  });
  app.get("/trailer", async (_request, reply) => {
    (await restore(AppState)).count++;
    reply.trailer("x-sum", (_reply, _payload, done) => done(null, "1"));
    return "a";
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  try {
    const get = visitor((app.server.address() as AddressInfo).port);
    assert.equal((await get("/none")).text, "none");
    assert.equal((await get("/read")).text, '{"count":0}');
    const first = await get("/write");
    assert.deepEqual([first.text, first.setCookies.length], ["n=1", 1]);
    assert.equal((await get("/stream")).text, "ab");
    assert.equal((await get("/redirect")).headers["location"], "/read");
    assert.equal((await get("/trailer")).trailers?.["x-sum"], "1");
    assert.equal((await get("/write", "HEAD")).text, "");
    assert.equal((await get("/missing")).status, 404);
    assert.equal((await get("/read")).text, '{"count":5}');
  } finally {
    await app.close();
  }
});
