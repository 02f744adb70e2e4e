import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import type { ErrorRequestHandler, RequestHandler } from "express";
import { persistSession } from "../../src/adapter/express.ts";
import session from "../../src/express-session/index.ts";
import { persist, restore, sessionOf } from "../../src/index.ts";
import { Browser } from "../adapter/browser.ts";
import { SECRET } from "../adapter/fixture.ts";
import { listen, stop } from "../support/listen.ts";
import { makeApp } from "./app.ts";

const options = { store: "memory:", secret: SECRET } as const;

@persist("express-session.adapter")
class Beside {
  count = 0;
}

/** One middleware after the other. */
function both(first: RequestHandler, second: RequestHandler): RequestHandler {
  return (request, response, next) =>
    first(request, response, (error?: unknown) => {
      if (error === undefined) second(request, response, next);
      else next(error);
    });
}

async function serving(
  handler: RequestHandler,
  work: (browser: Browser) => Promise<void>,
): Promise<void> {
  const app = makeApp(handler);
  app.post("/beside", async (request, response) => {
    const beside = await restore(Beside);
    assert.equal(beside, await sessionOf(request).restore(Beside));
    response.json(++beside.count);
  });
  const sorry: ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(503).json((error as { code?: string }).code ?? String(error));
  };
  app.use(sorry);
  const server = createServer(app);
  try {
    await work(new Browser(await listen(server)));
  } finally {
    await stop(server);
  }
}

const form = { headers: { "content-type": "application/x-www-form-urlencoded" } };

async function visits(browser: Browser): Promise<void> {
  for (const count of ["1", "2"]) {
    assert.equal((await browser.post("/view")).text, count);
    assert.equal((await browser.post("/beside")).text, count);
  }
  const body = "username=ada&password=right";
  assert.equal((await browser.post("/login-keeps", body, form)).text, '"in"');
  assert.match((await browser.get("/")).text, /"user":"ada"/);
  assert.equal((await browser.post("/view")).text, "3");
  assert.equal((await browser.post("/beside")).text, "3");
}

test("session() and persistSession() with its Sessions give one session", async () => {
  const outer = session(options);
  await serving(both(outer, persistSession(outer.sessions)), async (browser) => {
    await visits(browser);
    assert.equal(browser.cookies.size, 1);
  });
  await outer.sessions.close();
});

test("session() and persistSession() with cookies of their own both work, a login too", async () => {
  for (const isInner of [false, true]) {
    const outer = session({ ...options, name: "sid" });
    const inner = persistSession(options);
    const handler = isInner ? both(inner, outer) : both(outer, inner);
    await serving(handler, async (browser) => {
      await visits(browser);
      // The inner one has the routes' states.
      const names = isInner ? ["sid"] : ["persist-session", "sid"];
      assert.deepEqual([...browser.cookies.keys()].toSorted(), names);
    });
    await Promise.all([outer.sessions.close(), inner.sessions.close()]);
  }
});

test("session() and persistSession() with one cookie and two Sessions are refused at the first request", async () => {
  for (const isInner of [false, true]) {
    const outer = session(options);
    const inner = persistSession(options);
    await serving(isInner ? both(inner, outer) : both(outer, inner), async (browser) => {
      const { status, text } = await browser.post("/view");
      assert.deepEqual([status, text], [503, '"ERR_OPTION_INVALID"']);
    });
    await Promise.all([outer.sessions.close(), inner.sessions.close()]);
  }
});
