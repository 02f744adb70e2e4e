import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { Server } from "socket.io";
import { WebSocket } from "ws";
import { persistSession } from "../../src/adapter/socket-io.ts";
import { isPersistError } from "../../src/index.ts";
import { Browser } from "./browser.ts";
import { Client, withServer } from "./socket-io-fixture.ts";
import { until } from "../support/until.ts";

test("Socket.IO adapter: the handshake gives a new visitor its cookie, each event is a scope, and pages see the changes", async () => {
  await withServer(async ({ url, warnings }) => {
    const browser = new Browser(url);
    const client = await new Client(url, browser).connect();
    assert.equal(browser.cookies.size, 1);
    assert.deepEqual(await client.ask(1, "add", 2), [2]);
    // The acknowledgement came after the commit.
    assert.equal((await browser.get("/")).text, "2");
    assert.equal((await browser.get("/add")).text, "3");
    const asked = await Promise.all([2, 3, 4].map(async (id) => await client.ask(id, "add", 1)));
    assert.equal(asked.length, 3);
    assert.equal((await browser.get("/")).text, "6");
    client.socket.close();
    assert.deepEqual(warnings, []);
  });
});

test("Socket.IO adapter: namespaces of one connection share the session; once(), off() and listeners() work", async () => {
  await withServer(async ({ url, seen }) => {
    const browser = new Browser(url);
    await browser.get("/add");
    const client = await new Client(url, browser).connect();
    await client.connect("/other,");
    client.socket.send('42/other,7["add",5]');
    await client.until((packet) => packet.startsWith("43/other,7[6]"));
    for (let time = 0; time < 2; time++) client.emit("first");
    client.emit("second");
    assert.deepEqual(await client.ask(1, "add", 0), [6]);
    assert.deepEqual(seen, [["first", 6]]);
    client.socket.close();
    await until("both namespaces have closed", () => seen.length === 3);
    assert.deepEqual(seen.slice(1), [
      ["transport close", 6],
      ["transport close", 6],
    ]);
  });
});

test("Socket.IO adapter: a listener or a commit that fails closes the connection without an acknowledgement, and the server lives", async () => {
  await withServer(async ({ url, warnings }) => {
    for (const [at, event] of ["spoil", "throw"].entries()) {
      const client = await new Client(url, new Browser(url)).connect();
      client.socket.send(`421["${event}"]`);
      await once(client.socket, "close");
      assert.ok(!client.packets.some((packet) => packet.startsWith("431")));
      assert.equal(warnings.length, at + 1);
    }
    assert.equal((await new Browser(url).get("/add")).text, "1");
  });
});

test("Socket.IO adapter: the end of the session closes its connections, and the next one has a fresh session", async () => {
  await withServer(async ({ url }) => {
    const browser = new Browser(url);
    const client = await new Client(url, browser).connect();
    assert.deepEqual(await client.ask(1, "add", 1), [1]);
    const closed = once(client.socket, "close");
    await browser.get("/clear");
    await closed;
    const again = await new Client(url, browser).connect();
    assert.deepEqual(await again.ask(1, "add", 1), [1]);
    again.socket.close();
  });
});

test("Socket.IO adapter: without cookieOnHandshake a visitor who stores nothing gets no cookie, and may not change", async () => {
  await withServer(
    async ({ url, warnings }) => {
      const browser = new Browser(url);
      const client = await new Client(url, browser).connect();
      assert.equal(browser.cookies.size, 0);
      client.emit("add", 1);
      await once(client.socket, "close");
      assert.match(warnings[0] ?? "", /headers/);
    },
    { cookieOnHandshake: false },
  );
});

test("Socket.IO adapter: polling works on the page's session", async () => {
  await withServer(async ({ url }) => {
    const browser = new Browser(url);
    const opened = (await browser.get("/socket.io/?EIO=4&transport=polling")).text;
    assert.equal(browser.cookies.size, 1);
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const there = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    await browser.post(there, "40");
    assert.match((await browser.get(there)).text, /^40/);
    await browser.post(there, '421["add",4]');
    assert.match((await browser.get(there)).text, /431\[4\]/);
    assert.equal((await browser.get("/")).text, "4");
  });
});

test("Socket.IO adapter: before the server is attached it says what to do", () => {
  assert.throws(
    () => persistSession(new Server()),
    (error) => isPersistError(error, "ERR_OPTION_INVALID") && /io\.attach/.test(error.message),
  );
});

test("Socket.IO: promise 6 (Isolation): a page of another origin gets neither the session nor a cookie that replaces it", async () => {
  await withServer(async ({ url, warnings }) => {
    const browser = new Browser(url);
    await browser.get("/add");
    const { header } = browser;
    const address = `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
    const foreign = new WebSocket(address, {
      headers: { cookie: header },
      origin: "http://other.example",
    });
    foreign.on("error", () => {});
    const [, response] = (await once(foreign, "unexpected-response")) as [unknown, IncomingMessage];
    assert.equal(response.statusCode, 400);
    assert.equal(response.headers["set-cookie"], undefined);
    response.destroy();
    assert.match(warnings.join(), /other\.example/);
  });
});
