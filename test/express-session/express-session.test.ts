import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import type { RequestHandler } from "express";
import originalSession from "express-session";
import { persist, restore } from "../../src/index.ts";
import session, { type ExpressSessionOptions } from "../../src/express-session/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { Browser } from "../adapter/browser.ts";
import { countingStore } from "../sessions/fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { makeApp } from "./app.ts";

const secret = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

@persist("express-session.beside")
class Beside {
  count = 0;
}

async function serving(
  handler: RequestHandler,
  work: (browser: () => Browser) => Promise<void>,
): Promise<void> {
  const app = makeApp(handler);
  app.post("/beside", async (_req, res) => void res.json(++(await restore(Beside)).count));
  app.use(
    (
      error: { code?: string },
      _req: unknown,
      res: { status: (code: number) => { json: (body: unknown) => void } },
      _next: unknown,
    ) => {
      res.status(503).json(error.code);
    },
  );
  const server = createServer(app);
  const origin = await listen(server);
  try {
    await work(() => new Browser(origin));
  } finally {
    await stop(server);
  }
}

const form = { headers: { "content-type": "application/x-www-form-urlencoded" } };
const RIGHT = "username=ada&password=right";

/** What a visitor does, and each answer. */
async function visit(browser: Browser): Promise<unknown[]> {
  const answers: unknown[] = [];
  const get = async (): Promise<void> => {
    const { status, text } = await browser.get("/");
    answers.push([status, JSON.parse(text)]);
  };
  const post = async (path: string, body = ""): Promise<void> => {
    const { status, text } = await browser.post(path, body, form);
    answers.push([path, status, status === 200 ? JSON.parse(text) : text]);
  };
  await get();
  await post("/view");
  await post("/view");
  await post("/cart/tea");
  await post("/cart/milk");
  await get();
  await post("/save");
  await post("/forget/saved");
  await post("/reload");
  await post("/login", "username=ada&password=wrong");
  await post("/login", RIGHT);
  await get();
  await post("/view");
  await post("/logout");
  await get();
  await post("/cart/bread");
  await post("/login-keeps", RIGHT);
  await get();
  await post("/destroy");
  await get();
  return answers;
}

test("an app for express-session, with passport, behaves the same with the import changed", async () => {
  let expected: unknown[] = [];
  const original = originalSession({ secret, resave: false, saveUninitialized: false });
  await serving(original, async (browser) => void (expected = await visit(browser())));
  const handler = session({ store: "memory:", secret, resave: false, saveUninitialized: false });
  await serving(handler, async (browser) => {
    assert.deepEqual(await visit(browser()), expected);
  });
  await handler.sessions.close();
});

async function ours(
  options: ExpressSessionOptions,
  work: (browser: () => Browser) => Promise<void>,
): Promise<void> {
  const handler = session({ secret, ...options });
  try {
    await serving(handler, work);
  } finally {
    await handler.sessions.close();
  }
}

test("promise 1 (Reload): req.session is there after a restart of the server", async () => {
  const store = countingStore(memoryStore());
  // The store outlives the servers, as a database does.
  store.close = async () => {};
  let header = "";
  await ours({ store }, async (browser) => {
    const visitor = browser();
    await visitor.post("/cart/tea", "");
    header = visitor.header;
  });
  await ours({ store }, async (browser) => {
    const again = browser();
    const { text } = await again.get("/", { headers: { cookie: header } });
    assert.deepEqual(JSON.parse(text).cart, { items: ["tea"] });
  });
});

test("promise 4 (Merging): parallel requests that change req.session all count", async () => {
  await ours({ store: "memory:" }, async (browser) => {
    const visitor = browser();
    await visitor.post("/view", "");
    await Promise.all(Array.from({ length: 20 }, async () => await visitor.post("/view", "")));
    assert.equal(JSON.parse((await visitor.get("/")).text).views, 21);
  });
});

test("promise 6 (Isolation): a login gives another id, and the states of other classes stay", async () => {
  await ours({ store: "memory:" }, async (browser) => {
    const visitor = browser();
    await visitor.post("/beside", "");
    const before = visitor.header;
    await visitor.post("/login", RIGHT, form);
    assert.notEqual(visitor.header, before);
    assert.equal((await visitor.post("/beside", "")).text, "2");
    const thief = browser();
    const { text } = await thief.get("/", { headers: { cookie: before } });
    assert.equal(JSON.parse(text).authenticated, false);
  });
});

test("promise 9 (Bounds): a visitor who stores nothing gets no cookie and costs the store nothing", async () => {
  const store = countingStore(memoryStore());
  await ours({ store }, async (browser) => {
    const visitor = browser();
    const { setCookies } = await visitor.get("/");
    assert.deepEqual(setCookies, []);
    assert.equal(store.writes, 0);
  });
});

test("promise 10 (Failure is loud): a store that is down is an error of the app", async () => {
  const store = countingStore(memoryStore());
  await ours({ store }, async (browser) => {
    const visitor = browser();
    await visitor.post("/view", "");
    store.failing.read = Object.assign(new Error("down"), { code: "ERR_STORE_UNAVAILABLE" });
    const { status, text } = await visitor.get("/");
    assert.deepEqual([status, JSON.parse(text)], [503, "ERR_STORE_UNAVAILABLE"]);
    delete store.failing.read;
    assert.equal(JSON.parse((await visitor.get("/")).text).views, 1);
  });
});

const refused: [string, object, RegExp][] = [
  [
    "a store of express-session",
    { store: new originalSession.MemoryStore() },
    /"store" is a store of express-session[\s\S]*redis:/,
  ],
  ["genid", { genid: () => "1" }, /"genid" has no equivalent/],
  ["unset", { unset: "destroy" }, /"unset" has no equivalent/],
  [
    "a cookie that scripts can read",
    { cookie: { httpOnly: false } },
    /"cookie.httpOnly" cannot be false/,
  ],
  [
    "a maxAge in seconds",
    { cookie: { maxAge: 30 } },
    /"cookie.maxAge" must be at least 1000 milliseconds/,
  ],
  [
    "an unknown option of the cookie",
    { cookie: { priority: "high" } },
    /"cookie.priority" has no equivalent/,
  ],
];
for (const [name, options, message] of refused) {
  test(`session() refuses ${name}`, () => {
    assert.throws(() => session({ secret, ...options }), {
      code: "ERR_OPTION_INVALID",
      message,
    });
  });
}

test("the cookie of one session cannot be changed, and tells its time", async () => {
  const handler = session({ store: "memory:", secret, cookie: { maxAge: 60_000 } });
  const app = makeApp(handler);
  app.get("/cookie", (req, res) => {
    const session = req.session as { cookie: unknown };
    assert.throws(() => (session.cookie = {}), { code: "ERR_OPTION_INVALID" });
    // As sloppy code would, which hears nothing of a frozen object.
    for (const name of ["maxAge", "expires", "secure"])
      assert.throws(() => Reflect.set(session.cookie as object, name, 1), {
        code: "ERR_OPTION_INVALID",
      });
    res.json([req.session.cookie.maxAge, req.session.id === req.sessionID]);
  });
  const server = createServer(app);
  const { text } = await new Browser(await listen(server)).get("/cookie");
  assert.deepEqual(JSON.parse(text), [60_000, true]);
  await stop(server);
  await handler.sessions.close();
});

test("no property of req.session can take a method's place", async () => {
  const handler = session({ store: "memory:", secret });
  const app = makeApp(handler);
  app.post("/mass", (req, res) => {
    for (const name of ["save", "regenerate", "touch"])
      assert.throws(() => Object.assign(req.session, { [name]: "mine" }), {
        code: "ERR_VALUE_UNSUPPORTED",
        message: /is a method/,
      });
    res.json(typeof req.session.save);
  });
  const server = createServer(app);
  const { status, text } = await new Browser(await listen(server)).post("/mass", "");
  assert.deepEqual([status, text], [200, '"function"']);
  await stop(server);
  await handler.sessions.close();
});
