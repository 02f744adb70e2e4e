import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import type { ErrorRequestHandler } from "express";
import express4 from "express4";
import { persistSession } from "../../src/adapter/express.ts";
import { PersistError, restore, sessionOf } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { type HeldStore, heldStore } from "./held-store.ts";
import { listen, stop } from "../support/listen.ts";

type Express = ReturnType<typeof express4>;

async function withApp(
  routes: (app: Express) => void,
  work: (browser: Browser, store: HeldStore, caught: unknown[]) => Promise<void>,
): Promise<void> {
  const store = heldStore();
  const caught: unknown[] = [];
  const app = express4();
  app.use(persistSession({ store, secret: SECRET, sweepInterval: false }));
  routes(app);
  const sorry: ErrorRequestHandler = (error: { code?: string }, _request, response, next) => {
    void next;
    caught.push(error);
    response.status(503).send(`sorry: ${error.code}`);
  };
  app.use(sorry);
  const server = createServer(app);
  try {
    await work(new Browser(await listen(server)), store, caught);
  } finally {
    await stop(server);
  }
}

test("Express 4: a store that is down goes to the app's error handlers, and the process lives", async () => {
  await withApp(
    (app) => {
      app.get("/", async (_request, response) => {
        response.json((await restore(AppState)).count);
      });
      app.use(
        "/deep",
        express4.Router().get("/er", async (request, response) => {
          response.json((await sessionOf(request).restore(AppState)).count);
        }),
      );
    },
    async (browser, store, caught) => {
      store.failing.read = new PersistError("ERR_STORE_UNAVAILABLE", "down");
      for (const path of ["/", "/deep/er"]) {
        const { status, text } = await browser.get(path);
        assert.deepEqual([status, text], [503, "sorry: ERR_STORE_UNAVAILABLE"]);
      }
      assert.equal(caught.length, 2);
      store.failing = {};
      assert.equal((await browser.get("/")).text, "0");
    },
  );
});

test("Express 4: rejections of middleware, of error handlers, and of nothing go to the next error handler", async () => {
  await withApp(
    (app) => {
      app.use("/middleware", async () => await Promise.reject(new Error("middleware")));
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what this test is about
      app.get("/nothing", async () => await Promise.reject(undefined));
      app.get("/throws", () => {
        throw new Error("at once");
      });
      app.get("/answered", async (_request, response) => {
        response.send("fine");
        await Promise.resolve();
      });
      const failing: ErrorRequestHandler = async (error: Error, _request, _response, next) => {
        void next;
        // oxlint-disable-next-line promise/no-promise-in-callback -- an async error handler
        await Promise.resolve();
        throw new Error(`again: ${error.message}`);
      };
      app.use(failing);
    },
    async (browser, _store, caught) => {
      for (const path of ["/middleware", "/nothing", "/throws"])
        assert.equal((await browser.get(path)).status, 503);
      assert.equal((await browser.get("/answered")).text, "fine");
      assert.deepEqual(
        caught.map((error) => (error as Error).message),
        ["again: middleware", "again: Rejected promise", "again: at once"],
      );
    },
  );
});

test("Express 4: rejections of parameters' handlers go to the error handlers, of the app's and of routers'", async () => {
  await withApp(
    (app) => {
      const param: express4.RequestParamHandler = async (_request, _response, next, value) => {
        if (value === "bad") throw new Error("parameter");
        await restore(AppState);
        next();
      };
      const router = express4.Router();
      for (const where of [app, router]) {
        where.param("id", param);
        where.get("/of/:id", (request, response) => response.send(request.params["id"]));
      }
      app.use("/deep", router);
    },
    async (browser, store, caught) => {
      for (const path of ["/of/", "/deep/of/"]) {
        assert.equal((await browser.get(`${path}one`)).text, "one");
        assert.equal((await browser.get(`${path}bad`)).status, 503);
        store.failing.read = new PersistError("ERR_STORE_UNAVAILABLE", "down");
        assert.equal((await browser.get(`${path}one`)).text, "sorry: ERR_STORE_UNAVAILABLE");
        store.failing = {};
      }
      assert.equal(caught.length, 4);
    },
  );
});
