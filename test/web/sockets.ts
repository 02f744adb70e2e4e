import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import type { Browser } from "../adapter/browser.ts";
import { until } from "../support/until.ts";

/** An app with WebSockets at `/full` and `/greeted`, whose messages work on the cart. */
export interface SocketShop {
  readonly url: () => string;
  readonly visitor: () => Browser;
  /** The items of the visitor's cart, by a request. */
  readonly items: (visitor: Browser) => Promise<string[]>;
  readonly output: () => string;
}

/** A client's side of a socket. */
class Client {
  readonly heard: string[] = [];
  readonly setCookies: string[] = [];
  /** What it was closed with. */
  closed: [number, string] | undefined;
  readonly socket: WebSocket;

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url.replace("http", "ws"), { headers });
    this.socket.on("upgrade", ({ headers }) =>
      this.setCookies.push(...(headers["set-cookie"] ?? [])),
    );
    this.socket.on("message", (data: Buffer) => this.heard.push(data.toString()));
    this.socket.on("close", (code, reason) => (this.closed = [code, reason.toString()]));
    this.socket.on("error", () => {});
  }

  async hears(text: string): Promise<void> {
    await until(`the socket hears "${text}"`, () => {
      if (this.closed !== undefined && !this.heard.includes(text))
        throw new Error(`It was closed with ${this.closed.join(" ")} after ${this.heard.join()}`);
      return this.heard.includes(text);
    });
  }

  async isClosed(): Promise<[number, string]> {
    await until("the socket is closed", () => this.closed !== undefined);
    return this.closed as [number, string];
  }

  async leave(): Promise<void> {
    this.socket.close();
    await this.isClosed();
  }
}

async function refused(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  socket.on("error", () => {});
  const [, response] = (await once(socket, "unexpected-response")) as [
    unknown,
    { statusCode: number; destroy(): void },
  ];
  response.destroy();
  return response.statusCode;
}

/** Declares what holds for the sockets of Nitro and h3. */
export function socketTests({ url, visitor, items, output }: SocketShop): void {
  const open = (browser: Browser, path = "/full"): Client =>
    new Client(url() + path, browser.cookies.size > 0 ? { cookie: browser.header } : {});
  /** A visitor with a session. */
  const known = async (): Promise<Browser> => {
    const browser = visitor();
    await browser.post("/api/cart", "tea");
    return browser;
  };

  test("each message of a socket is a scope: what it changes is stored, merges with requests, and is there after F5", async () => {
    const browser = await known();
    const [one, other] = [open(browser), open(browser)];
    // The hook of "open" has read the state.
    await Promise.all([one.hears('open ["tea"]'), other.hears('open ["tea"]')]);
    one.socket.send("milk");
    await one.hears("stored milk");
    assert.deepEqual(await items(browser), ["tea", "milk"], output());
    other.socket.send("a");
    one.socket.send("b");
    await Promise.all([
      other.hears("stored a"),
      one.hears("stored b"),
      browser.post("/api/cart", "c"),
    ]);
    assert.deepEqual((await items(browser)).toSorted(), ["a", "b", "c", "milk", "tea"]);
    assert.deepEqual(await items(visitor()), []);
    await one.leave();
    // The hook of "close" is a scope, too.
    await until("it is noted", async () => (await items(browser)).includes("closed"));
    await other.leave();
  });

  test("a socket hears of a change that a request makes", async () => {
    const browser = await known();
    const socket = open(browser);
    await socket.hears('open ["tea"]');
    await browser.post("/api/cart", "milk");
    await socket.hears('now ["tea","milk"]');
    await socket.leave();
  });

  test("a visitor without a cookie can change nothing, unless the upgrade gives one", async () => {
    const without = open(visitor());
    await without.hears("open []");
    assert.deepEqual(without.setCookies, []);
    without.socket.send("lost");
    assert.deepEqual(await without.isClosed(), [1011, "ERR_HEADERS_SENT"]);

    const greeted = open(visitor(), "/greeted");
    await greeted.hears("open []");
    assert.equal(greeted.setCookies.length, 1);
    greeted.socket.send("kept");
    await greeted.hears("stored kept");
    const [name = "", value = ""] = greeted.setCookies[0]?.split(";", 1)[0]?.split("=") ?? [];
    const browser = visitor();
    browser.cookies.set(name, value);
    assert.deepEqual(await items(browser), ["kept"]);
    await greeted.leave();
  });

  test("the app's own hook of the upgrade works on the session, and its headers are sent", async () => {
    const browser = visitor();
    const socket = new Client(`${url()}/greeted`, { "x-note": "from the upgrade" });
    await socket.hears('open ["from the upgrade"]');
    assert.equal(socket.setCookies.length, 2, "the app's own cookie, and the session's");
    const own = socket.setCookies.filter((line) => line.startsWith("own="));
    assert.deepEqual(own, ["own=1"]);
    for (const line of socket.setCookies) {
      const [name = "", value = ""] = line.split(";", 1)[0]?.split("=") ?? [];
      browser.cookies.set(name, value);
    }
    assert.deepEqual(await items(browser), ["from the upgrade"]);
    await socket.leave();
    assert.equal(await refused(`${url()}/greeted`, { "x-refuse": "yes" }), 418);
  });

  test("a hook that fails closes the socket with 1011; the end of the session closes its sockets with 4401", async () => {
    const browser = await known();
    const failing = open(browser);
    await failing.hears('open ["tea"]');
    failing.socket.send("fail");
    assert.deepEqual(await failing.isClosed(), [1011, "internal error"]);
    const bad = open(browser);
    await bad.hears('open ["tea"]');
    bad.socket.send("bad");
    assert.deepEqual(await bad.isClosed(), [1011, "ERR_SCHEMA_MISMATCH"]);

    const [one, other] = [open(browser), open(browser)];
    await Promise.all(
      [one, other].map(async (socket) => await until("it is open", () => socket.heard.length > 0)),
    );
    one.socket.send("end");
    await one.hears("ended");
    assert.equal((await one.isClosed())[0], 4401);
    assert.equal((await other.isClosed())[0], 4401);
    assert.deepEqual(await items(browser), []);
  });

  test("a page of another origin is refused, and gets no session", async () => {
    const browser = await known();
    const foreign = { cookie: browser.header, origin: "https://other.example" };
    assert.equal(await refused(`${url()}/full`, foreign), 403);
    const own = new Client(`${url()}/full`, { cookie: browser.header, origin: url() });
    await own.hears('open ["tea"]');
    await own.leave();
  });
}
