import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import express, { type ErrorRequestHandler } from "express";
import Koa, { type KoaContext } from "koa";
import { persistSession } from "../../src/adapter/express.ts";
import { PersistError, restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { type HeldStore, heldStore } from "./held-store.ts";
import { listen, stop } from "../support/listen.ts";

// Its package has the source beside the program, and an import under tsx takes the source.
const require = createRequire(import.meta.url);
const connect = require("koa-connect") as (
  middleware: (request: never, response: never, next: never) => void,
) => (context: KoaContext, next: () => Promise<void>) => Promise<void>;

interface App {
  readonly browser: Browser;
  readonly store: HeldStore;
  readonly warnings: string[];
}

function sessionsFor(): { middleware: ReturnType<typeof persistSession> } & Omit<App, "browser"> {
  const store = heldStore();
  const warnings: string[] = [];
  const log = (line: string): void => void warnings.push(line);
  const middleware = persistSession({ store, secret: SECRET, sweepInterval: false, log });
  return { middleware, store, warnings };
}

async function serve(listener: RequestListener, work: (url: string) => Promise<void>) {
  const server = createServer(listener);
  try {
    await work(await listen(server));
  } finally {
    await stop(server);
  }
}

const unstorable = (() => {}) as unknown as string;

async function withKoa(work: (app: App) => Promise<void>): Promise<void> {
  const { middleware, ...rest } = sessionsFor();
  const app = new Koa();
  app.on("error", () => {});
  app.use(connect(middleware));
  app.use(async (context) => {
    const state = await restore(AppState);
    if (context.path === "/add") state.count++;
    if (context.path === "/fail") state.list = [unstorable];
    if (context.path === "/late") {
      state.count++;
      context.res.write("part");
      state.list = [unstorable];
    }
    context.body = { count: state.count };
  });
  await serve(app.callback(), async (url) => await work({ ...rest, browser: new Browser(url) }));
}

test("Koa with koa-connect: states are kept, and a visitor who stores nothing gets no cookie", async () => {
  await withKoa(async ({ browser, warnings }) => {
    assert.deepEqual((await browser.get("/")).setCookies, []);
    assert.equal((await browser.get("/add")).text, '{"count":1}');
    assert.equal((await browser.get("/add")).text, '{"count":2}');
    assert.deepEqual(warnings, []);
  });
});

test("Koa with koa-connect: a commit that fails is answered with a 500, and logged", async () => {
  await withKoa(async ({ browser, warnings }) => {
    const { status, text, headers } = await browser.get("/fail");
    assert.deepEqual([status, headers["cache-control"]], [500, "no-store"]);
    assert.match(text, /ERR_VALUE_UNSUPPORTED/);
    assert.equal(warnings.length, 1);
    assert.equal((await browser.get("/add")).text, '{"count":1}');
  });
});

test("Koa with koa-connect: a commit that fails after a part has left cuts the connection", async () => {
  await withKoa(async ({ browser, warnings }) => {
    await assert.rejects(browser.get("/late"), { code: "ECONNRESET" });
    assert.equal(warnings.length, 1);
  });
});

test("Koa with koa-connect: a store that is down is a 500 by Koa itself, and the next request is answered", async () => {
  await withKoa(async ({ browser, store }) => {
    store.failing.read = new PersistError("ERR_STORE_UNAVAILABLE", "down");
    assert.equal((await browser.get("/")).status, 500);
    store.failing = {};
    assert.equal((await browser.get("/")).status, 200);
  });
});

test("Express: an error handler that takes its time answers a failed commit itself", async () => {
  const { middleware, warnings } = sessionsFor();
  const app = express();
  app.use(middleware);
  app.get("/", async (_request, response) => {
    (await restore(AppState)).list = [unstorable];
    response.send("done");
  });
  const sorry: ErrorRequestHandler = (error: { code: string }, _request, response, next) => {
    void next;
    setTimeout(() => response.status(503).send(`sorry: ${error.code}`), 50);
  };
  app.use(sorry);
  await serve(app, async (url) => {
    const { status, text } = await new Browser(url).get("/");
    assert.deepEqual([status, text], [503, "sorry: ERR_VALUE_UNSUPPORTED"]);
  });
  assert.deepEqual(warnings, []);
});
