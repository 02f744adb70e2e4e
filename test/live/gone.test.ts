import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type Http2Server,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { createSessions, persist, type Sessions } from "../../src/index.ts";
import { withSession } from "../../src/adapter/hono.ts";
import { persistSession } from "../../src/adapter/http.ts";
import { expose, liveEvents } from "../../src/live/index.ts";
import { gate } from "../sessions/fixture.ts";
import { until } from "../support/until.ts";
import { cookieFor, SECRET } from "./visitor.ts";

@persist("live.gone.counter")
class Counter {
  count = 0;
}

@persist("live.gone.doc")
class Doc {
  text = "";
}

const view = expose(Counter, ["count"]);
let sessions: Sessions;

before(() => {
  sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
});
after(async () => await sessions.close());

describe("promise 9 (Bounds): a page of HTTP/2 that goes leaves nothing", () => {
  let server: Http2Server;
  let client: ClientHttp2Session;
  let reached = gate();
  let hold = gate();
  /** What the server answered, and how many of its routes have returned. */
  let lastResponse: Http2ServerResponse;
  let returned = 0;

  before(async () => {
    const persistent = persistSession(sessions);
    const live = liveEvents([view], { maxSubscribers: 1 });
    const doc = liveEvents([expose(Doc, ["text"])]);
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      persistent(request, response, async () => {
        if (request.url === "/slow") {
          reached.open();
          await hold.opened;
        }
        await (request.url === "/doc" ? doc : live)(request, response);
        returned++;
      });
    server = createServer((request, response) => {
      lastResponse = response;
      // The types know HTTP/1 alone. What a route is called with here has its methods.
      handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  after(async () => {
    client.destroy();
    server.close();
    await once(server, "close");
  });

  const ask = (path: string, cookie: string): ClientHttp2Stream =>
    client.request({ ":path": path, cookie }).on("error", () => {});

  async function statusOf(stream: ClientHttp2Stream): Promise<number> {
    const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders];
    return Number(headers[":status"]);
  }

  test("before its answer", async () => {
    const { cookie } = await cookieFor(sessions, Counter, (counter) => counter.count++);
    [reached, hold] = [gate(), gate()];
    const left = ask("/slow", cookie);
    await reached.opened;
    const before = returned;
    const closed = once(lastResponse, "close");
    left.close();
    await closed;
    hold.open();
    await until("the route has returned", () => returned > before);
    const page = ask("/live", cookie);
    assert.equal(await statusOf(page), 200);
    page.close();
  });

  test("while its stream is open", async () => {
    const { cookie, change } = await cookieFor(sessions, Counter, (counter) => counter.count++);
    const before = returned;
    const page = ask("/live", cookie);
    let text = "";
    page.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await until("it is told", () => text.includes('"count":1'));
    await change((counter) => counter.count++);
    await until("it is told about a change", () => text.includes('"count":2'));
    const refused = ask("/live", cookie);
    assert.equal(await statusOf(refused), 429);
    page.close();
    await until("its route has returned", () => returned > before + 1);
    const next = ask("/live", cookie);
    assert.equal(await statusOf(next), 200);
    next.close();
  });

  for (const code of [constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR]) {
    test(`while it does not read, with the code ${code}`, async () => {
      const { cookie, change } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
      const page = ask("/doc", cookie);
      assert.equal(await statusOf(page), 200);
      page.pause();
      await change((doc) => (doc.text = "x".repeat(1_000_000)));
      await until("its window is full", () => lastResponse.stream.writableLength > 0);
      const before = returned;
      page.close(code);
      await until("its route has returned", () => returned > before);
    });
  }
});

describe("promise 9 (Bounds): a page that a fetch handler serves leaves nothing", () => {
  const open = (route: (request: Request) => unknown, cookie: string, signal: AbortSignal) =>
    route(new Request("http://127.0.0.1/live", { headers: { cookie }, signal }));

  test("if it goes before its answer, and no one reads that", async () => {
    const { cookie } = await cookieFor(sessions, Counter, (counter) => counter.count++);
    const route = withSession(liveEvents([view], { maxSubscribers: 1 }), sessions);
    const left = await open(route, cookie, AbortSignal.abort());
    assert.equal((left as Response).status, 200);
    const page = (await open(route, cookie, new AbortController().signal)) as Response;
    assert.equal(page.status, 200);
    await page.body?.cancel();
  });

  test("if it goes while its stream is open, and no one cancels that", async () => {
    const { cookie } = await cookieFor(sessions, Counter, (counter) => counter.count++);
    const route = withSession(liveEvents([view], { maxSubscribers: 1 }), sessions);
    const gone = new AbortController();
    const left = (await open(route, cookie, gone.signal)) as Response;
    assert.equal(((await open(route, cookie, gone.signal)) as Response).status, 429);
    gone.abort();
    const page = (await open(route, cookie, new AbortController().signal)) as Response;
    assert.equal(page.status, 200);
    assert.match(await left.text(), /^event: hello\n/);
    await page.body?.cancel();
  });
});
