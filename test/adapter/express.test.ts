import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express, { type RequestHandler } from "express";
import { persistSession } from "../../src/adapter/express.ts";
import { restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

const options = { store: "memory:", secret: SECRET, sweepInterval: false } as const;

async function serve(
  middleware: readonly RequestHandler[],
  handler: RequestHandler,
  work: (browser: Browser) => Promise<void>,
): Promise<void> {
  const app = express();
  for (const one of middleware) app.use(one);
  app.all("/", handler);
  const server = createServer(app);
  const url = await listen(server);
  try {
    await work(new Browser(url));
  } finally {
    await stop(server);
  }
}

const pushBody: RequestHandler = async (request, response) => {
  const { list } = await restore(AppState);
  list.push(String((request.body as string).length));
  response.json(list);
};

for (const place of ["before", "after"]) {
  test(`Express: a body parser may stand ${place} the middleware`, async () => {
    const parser = express.text({ limit: "1mb" });
    const ours = persistSession(options);
    await serve(place === "before" ? [parser, ours] : [ours, parser], pushBody, async (browser) => {
      await browser.post("/", "x".repeat(300_000));
      assert.equal((await browser.post("/", "short")).text, '["300000","5"]');
    });
  });
}

test("Express: sessionOf(request) is the same in every middleware, and restores outside the async context", async () => {
  const seen: string[] = [];
  const look: RequestHandler = (request, _response, next) => {
    seen.push(sessionOf(request).id);
    next();
  };
  await serve(
    [persistSession(options), look],
    async (request, response) => {
      const state = await sessionOf(request).restore(AppState);
      state.count++;
      seen.push(sessionOf(request).id);
      response.json(state.count);
    },
    async (browser) => {
      await browser.get("/");
      assert.equal((await browser.get("/")).text, "2");
      assert.equal(new Set(seen).size, 1);
    },
  );
});

test("Express: a file that is sent is complete, and what the handler changed is stored", async () => {
  const { pathname } = new URL(import.meta.url);
  await serve(
    [persistSession(options)],
    async (_request, response) => {
      (await restore(AppState)).count++;
      response.sendFile(pathname);
    },
    async (browser) => {
      const { text, headers, setCookies } = await browser.get("/");
      assert.equal(text.length, Number(headers["content-length"]));
      assert.match(text, /is complete, and what the handler changed is stored/);
      assert.equal(setCookies.length, 1);
      assert.equal(headers["cache-control"], "private, no-cache");
    },
  );
});

test("Express: a fresh copy of the browser's is still answered by 304", async () => {
  await serve(
    [persistSession(options)],
    async (_request, response) => {
      response.json((await restore(AppState)).count);
    },
    async (browser) => {
      const { headers } = await browser.get("/");
      const again = await browser.get("/", { headers: { "if-none-match": String(headers.etag) } });
      assert.deepEqual([again.status, again.text], [304, ""]);
    },
  );
});
