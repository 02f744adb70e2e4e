import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import express from "express";
import { createSessions, persist, type Sessions } from "../../src/index.ts";
import { persistSession } from "../../src/adapter/express.ts";
import { expose, liveEvents } from "../../src/live/index.ts";
import { gate } from "../sessions/fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { Stream } from "./stream.ts";
import { cookieFor, SECRET } from "./visitor.ts";

@persist("live.streams", { transient: ["draft"] })
class Doc {
  text = "";
  when = new Map([["start", new Date(0)]]);
  hidden = 0;
  draft = "";

  get length(): number {
    return this.text.length;
  }
}

@persist("live.streams.counter")
class Counter {
  count = 0;
}

let sessions: Sessions;
let server: Server;
let origin: string;

before(async () => {
  sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
  const app = express();
  app.use(persistSession(sessions));
  app.get("/live", liveEvents([expose(Doc, ["text", "when"]), expose(Counter, ["count"])]));
  app.get("/few", liveEvents([expose(Counter, ["count"])], { maxSubscribers: 2 }));
  server = createServer(app);
  origin = await listen(server);
});
after(async () => {
  await stop(server);
  await sessions.close();
});

test("a stream begins with what it can report, and the values as they are", async () => {
  const { cookie } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const stream = await Stream.open(`${origin}/live`, { cookie });
  await stream.named("state", 2);
  const [hello, ...states] = stream.events;
  assert.equal(hello?.name, "hello");
  assert.deepEqual(JSON.parse(hello.data), {
    beat: 15_000,
    states: { "live.streams": ["text", "when"], "live.streams.counter": ["count"] },
  });
  assert.deepEqual(
    states.map(({ data }) => JSON.parse(data)),
    [
      {
        key: "live.streams",
        values: { text: "a", when: { $map: [["start", { $date: "1970-01-01T00:00:00.000Z" }]] } },
      },
      { key: "live.streams.counter", values: { count: 0 } },
    ],
  );
  stream.close();
});

test("a change of what is not exposed sends nothing", async () => {
  const { cookie, change } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const stream = await Stream.open(`${origin}/live`, { cookie });
  await stream.named("state", 2);
  await change((doc) => doc.hidden++);
  await change((doc) => (doc.text = "b"));
  await stream.named("state", 3);
  assert.equal(stream.events.length, 4);
  assert.doesNotMatch(JSON.stringify(stream.events), /hidden|draft/);
  stream.close();
});

test("a page that comes back is sent only what it has not seen", async () => {
  const { cookie, change } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const first = await Stream.open(`${origin}/live`, { cookie });
  const seen = await first.named("state", 2);
  first.close();
  const idle = await Stream.open(`${origin}/live`, { cookie, "last-event-id": seen[1]!.id });
  await change((doc) => (doc.text = "b"));
  await idle.named("state", 1);
  assert.deepEqual(
    idle.events.map(({ name }) => name),
    ["hello", "state"],
  );
  idle.close();
  const later = await Stream.open(`${origin}/live`, { cookie, "last-event-id": seen[1]!.id });
  const [missed] = await later.named("state", 1);
  assert.equal(JSON.parse(missed!.data).values.text, "b");
  later.close();
});

test("promise 9 (Bounds): a page that does not read costs one event a state, and gets the newest", async () => {
  const { cookie, change } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const { port } = new URL(origin);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`GET /live HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`);
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => (text += chunk));
  await until("it is told about", () => text.includes("live.streams.counter"));
  socket.pause();
  const rounds = 60;
  for (let round = 1; round <= rounds; round++) {
    await change((doc) => (doc.text = `${round};`.padEnd(300_000, "x")));
  }
  socket.resume();
  await until("the newest has come", () => text.includes(`"${rounds};`));
  const told = text.match(/"text":"\d+;/g) ?? [];
  assert.ok(told.length < rounds, `all ${told.length} were sent`);
  socket.destroy();
});

test("promise 9 (Bounds): a session has a bounded number of open streams, and a place is free again once one ends", async () => {
  const { cookie } = await cookieFor(sessions, Counter, (counter) => counter.count++);
  const others = await cookieFor(sessions, Counter, (counter) => counter.count++);
  const open = [
    await Stream.open(`${origin}/few`, { cookie }),
    await Stream.open(`${origin}/few`, { cookie }),
  ];
  const refused = await Stream.open(`${origin}/few`, { cookie });
  assert.equal(refused.status, 429);
  await until("the refusal is read", () => refused.ended);
  assert.equal(JSON.parse(refused.text).code, "ERR_LIVE_TOO_MANY");
  const other = await Stream.open(`${origin}/few`, { cookie: others.cookie });
  assert.equal(other.status, 200);
  open[0]!.close();
  await until("a place is free", async () => {
    const again = await Stream.open(`${origin}/few`, { cookie });
    again.close();
    return again.status === 200;
  });
  for (const stream of [...open, other]) stream.close();
});

test("promise 9 (Bounds): a page that goes while its request is under way leaves nothing", async () => {
  const own = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
  const app = express();
  const reached = gate();
  const hold = gate();
  app.use(persistSession(own));
  app.use(async (request, _response, next) => {
    if (request.query["slow"] !== undefined) {
      reached.open();
      await hold.opened;
    }
    next();
  });
  const route = liveEvents([expose(Counter, ["count"])], { maxSubscribers: 1 });
  let answered = false;
  app.get("/live", async (request, response) => {
    await route(request, response);
    answered = true;
  });
  const slow = createServer(app);
  const url = await listen(slow);
  const { cookie } = await cookieFor(own, Counter, (counter) => counter.count++);
  const left = request(`${url}/live?slow`, { headers: { cookie }, agent: false });
  left.on("error", () => {});
  const closed = once(slow, "connection").then(
    async ([socket]) => await once(socket as Socket, "close"),
  );
  left.end();
  await reached.opened;
  left.destroy();
  await closed;
  hold.open();
  await until("the route has returned", () => answered);
  const page = await Stream.open(`${url}/live`, { cookie });
  assert.equal(page.status, 200);
  page.close();
  await stop(slow);
  await own.close();
});

test("HEAD is answered at once, and takes no place", async () => {
  const { cookie } = await cookieFor(sessions, Counter, (counter) => counter.count++);
  const head = await fetch(`${origin}/few`, { method: "HEAD", headers: { cookie } });
  assert.deepEqual(
    [head.status, head.headers.get("content-type")],
    [200, "text/event-stream; charset=utf-8"],
  );
});

test("what a page says that it has seen is not sent back", async () => {
  const { cookie } = await cookieFor(sessions, Counter, (counter) => counter.count++);
  const forged = "live.streams.counter=1%0Aevent:%20state&other=0123456789abcdef";
  const stream = await Stream.open(`${origin}/few`, { cookie, "last-event-id": forged });
  const [state] = await stream.named("state", 1);
  assert.match(state!.id, /^live\.streams\.counter=[\w-]{16}$/);
  assert.equal(stream.events.length, 2);
  stream.close();
});

test("a thousand streams of one session: a hundred are served, each is told, the others are refused", async () => {
  const { cookie, change } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const streams = await Promise.all(
    Array.from({ length: 1000 }, async () => await Stream.open(`${origin}/live`, { cookie })),
  );
  const served = streams.filter(({ status }) => status === 200);
  assert.equal(served.length, 100);
  assert.equal(streams.filter(({ status }) => status === 429).length, 900);
  await change((doc) => (doc.text = "told"));
  await until("each is told", () =>
    served.every(({ events }) => events.some(({ data }) => data.includes("told"))),
  );
  for (const stream of streams) stream.close();
});

test("promise 5 (Clear is final): the stream of a session that ends says so, and ends", async () => {
  const { cookie, session } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  const stream = await Stream.open(`${origin}/live`, { cookie });
  await stream.named("state", 2);
  await session.run(async () => await session.clear());
  await until("the stream has ended", () => stream.ended);
  assert.equal(stream.events.at(-1)?.name, "ended");
});

test("a dead token is no session", async () => {
  const { cookie, session } = await cookieFor(sessions, Doc, (doc) => (doc.text = "a"));
  await session.run(async () => await session.clear());
  const stream = await Stream.open(`${origin}/live`, { cookie });
  await until("the answer is over", () => stream.ended);
  assert.equal(stream.status, 409);
  assert.equal(JSON.parse(stream.text).code, "ERR_LIVE_NO_SESSION");
});

test("close() of the sessions ends the streams", async () => {
  const own = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
  const app = createServer(
    express()
      .use(persistSession(own))
      .get("/live", liveEvents([expose(Doc, ["text"])])),
  );
  const url = await listen(app);
  const { cookie } = await cookieFor(own, Doc, (doc) => (doc.text = "a"));
  const stream = await Stream.open(`${url}/live`, { cookie });
  await stream.named("state", 1);
  await own.close();
  await until("the stream has ended", () => stream.ended);
  assert.notEqual(stream.events.at(-1)?.name, "ended");
  await stop(app);
});
