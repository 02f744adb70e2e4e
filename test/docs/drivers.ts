import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { RunningProgram } from "./running-program.ts";
import { streamlitDrivers } from "./streamlit-drivers.ts";
import { Visitor } from "./visitor.ts";

/**
 * What a reader would do with a program that does not end by itself, by the program's name in the
 * page. A program without an entry here must end by itself, without an error.
 */
export const drivers: Record<string, (program: RunningProgram) => Promise<void>> = {
  ...streamlitDrivers,

  async "first-example"(program) {
    const visitor = new Visitor(program);
    assert.deepEqual(await visitor.json("/"), { count: 0, todos: [] });
    assert.equal(visitor.cookie, "", "who stores nothing gets no cookie");
    assert.equal((await visitor.post("/add", { text: "tea" })).status, 302);
    await program.restart();
    assert.deepEqual(await visitor.json("/"), { count: 1, todos: ["tea"] });
    assert.deepEqual(await new Visitor(program).json("/"), { count: 0, todos: [] });
  },

  async express(program) {
    const visitor = new Visitor(program);
    await visitor.post("/add", { text: "tea" });
    const refused = await visitor.post("/add", { text: "x".repeat(2000) });
    assert.deepEqual([refused.status, await refused.text()], [413, "ERR_ATTRIBUTE_TOO_LARGE"]);
    assert.equal(refused.headers.get("location"), null);
    await program.restart();
    assert.deepEqual(await visitor.json("/"), ["tea"]);
  },

  async http(program) {
    const visitor = new Visitor(program);
    await visitor.post("/");
    await program.restart();
    assert.deepEqual(await visitor.json("/"), { count: 1 });
  },

  fastify: countsOverRestart,
  hono: countsOverRestart,
  koa: countsOverRestart,

  async trpc(program) {
    const visitor = new Visitor(program);
    assert.deepEqual(await visitor.json("/count"), { result: { data: 0 } });
    assert.equal(visitor.cookie, "", "who only reads gets no cookie");
    const headers = { "content-type": "application/json" };
    assert.equal((await visitor.request("/add", { method: "POST", headers })).status, 200);
    await program.restart();
    assert.deepEqual(await visitor.json("/count"), { result: { data: 1 } });
  },

  async streaming(program) {
    const visitor = new Visitor(program);
    assert.equal(await visitor.text("/steps"), "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    await program.restart();
    assert.match(await visitor.text("/steps"), /^data: 4\n/);
  },

  async "express-session"(program) {
    const visitor = new Visitor(program);
    assert.deepEqual([await visitor.json("/"), await visitor.json("/")], [1, 2]);
    await program.restart();
    assert.equal(await visitor.json("/"), 3);
  },

  async "live-page"(program) {
    const visitor = new Visitor(program);
    assert.equal((await visitor.request("/live")).status, 409);
    await visitor.post("/add/tea");
    const events = (await visitor.request("/live")).body!.getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (!text.includes("event: state")) {
      text += decoder.decode((await events.read()).value, { stream: true });
    }
    await events.cancel();
    assert.match(text, /"values":\{"items":\["tea"\]\}/);
    assert.doesNotMatch(text, /stays on the server/);
  },

  async "socket-io"(program) {
    const visitor = new Visitor(program);
    const opened = await visitor.text("/socket.io/?EIO=4&transport=polling");
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const there = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    await visitor.request(there, { method: "POST", body: "40" });
    assert.match(await visitor.text(there), /^40/);
    await visitor.request(there, { method: "POST", body: '421["add",3]' });
    assert.equal(await visitor.text(there), "431[3]");
    await program.restart();
    assert.equal(await visitor.text("/"), "3");
  },

  async ws(program) {
    const visitor = new Visitor(program);
    await visitor.text("/");
    const socket = await openSocket(program, visitor);
    socket.send("hello");
    const [answer] = await once(socket, "message");
    assert.equal(String(answer), "saved 5");
    await program.restart();
    assert.deepEqual(await visitor.json("/"), { visits: 2, text: "hello" });

    const second = await openSocket(program, visitor);
    const closed = once(second, "close");
    await visitor.post("/logout");
    assert.equal((await closed)[0], 4401);
    assert.deepEqual(await visitor.json("/"), { visits: 1, text: "" });

    const stranger = await openSocket(program, new Visitor(program));
    const refused = once(stranger, "close");
    stranger.send("hello");
    const [code, reason] = await refused;
    assert.deepEqual([code, String(reason)], [1011, "ERR_HEADERS_SENT"]);
  },

  async health(program) {
    const visitor = new Visitor(program);
    assert.deepEqual(await visitor.json("/_persist/health"), { status: "ok" });
    assert.deepEqual(await visitor.json("/_persist/ready"), { status: "ok" });
    assert.equal(visitor.cookie, "");
  },

  async live(program) {
    const visitor = new Visitor(program);
    assert.deepEqual(await visitor.json("/"), { yes: 0 });
    await visitor.post("/yes");
    const socket = await openSocket(program, visitor);
    const [first] = await once(socket, "message");
    assert.deepEqual(JSON.parse(String(first)), { yes: 1 });
    const next = once(socket, "message");
    await visitor.post("/yes");
    assert.deepEqual(JSON.parse(String((await next)[0])), { yes: 2 });
    const stranger = await openSocket(program, new Visitor(program));
    assert.equal((await once(stranger, "close"))[0], 1011);
  },
};

async function countsOverRestart(program: RunningProgram): Promise<void> {
  const visitor = new Visitor(program);
  assert.deepEqual(await visitor.json("/"), { count: 0 });
  assert.equal((await visitor.post("/add")).status, 302);
  await program.restart();
  assert.deepEqual(await visitor.json("/"), { count: 1 });
}

async function openSocket(program: RunningProgram, visitor: Visitor): Promise<WebSocket> {
  const url = (await program.origin()).replace("http", "ws");
  const socket = new WebSocket(url, { headers: { cookie: visitor.cookie } });
  // A server that is killed takes its sockets along; no test waits for that.
  socket.on("error", () => undefined);
  await once(socket, "open");
  return socket;
}
