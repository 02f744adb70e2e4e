import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express, { type NextFunction, type Request, type Response } from "express";
import { persistSession } from "../../src/adapter/express.ts";
import { isPersistError, PersistError, restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { type HeldStore, heldStore } from "./held-store.ts";
import { listen, stop } from "../support/listen.ts";

interface Two {
  readonly browser: Browser;
  readonly stores: readonly [HeldStore, HeldStore];
  readonly caught: unknown[];
}

/**
 * An app with the middleware twice, each with a cookie and a store of its own, and a foreign one
 * between them.
 */
async function withTwo(work: (two: Two) => Promise<void>): Promise<void> {
  const stores = [heldStore(), heldStore()] as const;
  const [outer, inner] = stores.map((store, at) =>
    persistSession({ store, secret: SECRET, cookie: { name: `c${at}` }, sweepInterval: false }),
  );
  const app = express();
  app.use(outer!);
  let outside: AppState | undefined;
  app.use(async (_request, _response, next) => {
    outside = await restore(AppState);
    outside.list.push("outer");
    next();
  });
  app.use((_request, response, next) => {
    // What a compressing middleware does: its own end in front of the one it found.
    const end = response.end.bind(response) as (...args: unknown[]) => Response;
    response.end = ((...args: unknown[]) => end(...args)) as Response["end"];
    next();
  });
  app.use(inner!);
  app.get("/", async (_request, response) => {
    (await restore(AppState)).list.push("inner");
    response.json("done");
  });
  const caught: unknown[] = [];
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    caught.push(error);
    if (response.headersSent) next(error);
    else response.status(500).send("sorry");
  });
  const server = createServer(app);
  const url = await listen(server);
  try {
    await work({ browser: new Browser(url), stores, caught });
  } finally {
    await stop(server);
  }
}

test("two adapters on one response with cookies of their own both commit and both set theirs", async () => {
  await withTwo(async ({ browser, stores }) => {
    const { text, setCookies } = await browser.get("/");
    assert.equal(text, '"done"');
    assert.deepEqual(
      setCookies.map((line) => line.slice(0, 2)),
      ["c1", "c0"],
    );
    await browser.get("/");
    assert.deepEqual([...browser.cookies.keys()], ["c1", "c0"]);
    assert.deepEqual(
      stores.map(({ writes }) => writes),
      [2, 2],
    );
  });
});

for (const at of [0, 1] as const) {
  test(`promise 10 (Failure is loud): a failed commit of the ${["outer", "inner"][at]} of two adapters is answered by the app`, async () => {
    await withTwo(async ({ browser, stores, caught }) => {
      stores[at].failing.write = new PersistError("ERR_STORE_FULL", "full, as this test has it");
      const { status, text } = await browser.get("/");
      assert.deepEqual([status, text], [500, "sorry"]);
      assert.equal(caught.length, 1);
      assert.ok(isPersistError(caught[0], "ERR_STORE_FULL"));
      assert.equal(browser.cookies.has(`c${at}`), false);
    });
  });
}
