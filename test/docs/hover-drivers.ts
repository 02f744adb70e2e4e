import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";

/** What a reader would do with a doc comment's example that starts a server, by entry and name. */
export const hoverDrivers: Record<string, (origin: string) => Promise<void>> = {
  "persist-session/http persistSession": countsVisits,
  "persist-session/express persistSession": countsVisits,
  "persist-session/fastify persistSession": countsVisits,
  "persist-session/koa persistSession": countsVisits,
  "persist-session/express-session default": countsVisits,
  "persist-session/http healthHandler": isHealthy,
  "persist-session/fastify healthHandler": isHealthy,

  async "persist-session sessionOf"(origin) {
    assert.equal(await (await fetch(origin)).text(), "A new visitor: true");
  },

  async "persist-session/live liveEvents"(origin) {
    assert.equal((await fetch(`${origin}/live`)).status, 409);
  },

  async "persist-session/socket.io persistSession"(origin) {
    const opened = await fetch(`${origin}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await opened.text()).slice(1)) as { sid: string };
    const there = `${origin}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    const headers = { cookie: cookieOf(opened) };
    await fetch(there, { method: "POST", body: "40", headers });
    await (await fetch(there, { headers })).text();
    await fetch(there, { method: "POST", body: '421["add","tea"]', headers });
    assert.equal(await (await fetch(there, { headers })).text(), "431[1]");
  },

  async "persist-session/ws persistSession"(origin) {
    const socket = new WebSocket(origin.replace("http", "ws"));
    await once(socket, "open");
    socket.send("tea");
    socket.close();
    // A listener or a commit that failed would have closed it with 1011.
    assert.equal((await once(socket, "close"))[0], 1005);
  },
};

async function countsVisits(origin: string): Promise<void> {
  const first = await fetch(origin);
  assert.match(await first.text(), / 1$/);
  const second = await fetch(origin, { headers: { cookie: cookieOf(first) } });
  assert.match(await second.text(), / 2$/);
}

async function isHealthy(origin: string): Promise<void> {
  assert.equal((await fetch(`${origin}/_persist/ready`)).status, 200);
  assert.equal(await (await fetch(origin)).text(), "hello");
}

function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}
