import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import express from "express";
import type { Browser, Page } from "playwright-core";
import { createSessions } from "../../src/index.ts";
import { persistSession } from "../../src/adapter/express.ts";
import { expose, liveEvents, type LiveEventsOptions } from "../../src/live/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { startChromium } from "../browser/chromium.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { bundle, Cart, type LiveApp, makeApp, SECRET } from "./app.ts";
import { DAY, is, post, postElsewhere, shows, tabsOf, wake } from "./tabs.ts";

let browser: Browser;
let script: string;
let store: Store;
let app: LiveApp;
let origin: string;

before(async () => {
  [browser, script] = await Promise.all([startChromium(), bundle("test/client/pages/cart.ts")]);
});
beforeEach(async () => {
  store = memoryStore();
  app = await makeApp(store, script);
  origin = await listen(app.server);
});
afterEach(async () => {
  await Promise.all(browser.contexts().map(async (context) => await context.close()));
  await stop(app.server);
  await app.sessions.close();
});
after(async () => await browser.close());

/** A second server on the port of the first, as after a restart. */
async function restart(options: LiveEventsOptions = {}): Promise<void> {
  await stop(app.server);
  app = await makeApp(store, script, options);
  const { port } = new URL(origin);
  await new Promise<void>((resolve) => app.server.listen(Number(port), "127.0.0.1", resolve));
}

const tabs = async (prepare?: (page: Page) => Promise<void>) =>
  await tabsOf(browser, () => origin, prepare);

describe("a page's connection", () => {
  test("a tab that comes after a restart without a change shows the state", async () => {
    const { open } = await tabs();
    const first = await open();
    await post(first, "/add/tea");
    await shows(first, `tea;${DAY}`);
    await restart();
    await until("the page has come back", () => app.asked() > 0);
    await is(first, "live");
    const asked = app.asked();
    const second = await open();
    await shows(second, `tea;${DAY}`);
    assert.equal(app.asked(), asked, "the second tab asked for a stream of its own");
  });

  test("a tab that comes after the connection went to another tab, and dropped, shows the state", async () => {
    const { open } = await tabs();
    const [first, second] = [await open(), await open()];
    await post(first, "/add/tea");
    await shows(first, `tea;${DAY}`);
    await shows(second, `tea;${DAY}`);
    const asked = app.asked();
    await first.close();
    await until("the second has a stream", () => app.asked() > asked);
    await is(second, "live");
    app.server.closeAllConnections();
    await until("it has asked for another", () => app.asked() > asked + 1);
    await is(second, "live");
    const third = await open();
    await shows(third, `tea;${DAY}`);
    assert.equal(app.asked(), asked + 2);
  });

  for (const followed of [false, true]) {
    test(`a subscriber that comes back ${followed ? "to a tab that hears from another" : "alone"} is given nothing from before`, async () => {
      const { open } = await tabs();
      const other = followed ? await open() : undefined;
      const page = await open();
      await post(page, "/add/tea");
      await shows(page, `tea;${DAY}`);
      await page.evaluate("leave()");
      await until(
        "its connection is closed",
        async () => (await page.evaluate("live('live.cart').known")) === false,
      );
      assert.deepEqual(await page.evaluate("[live('live.cart').value, live('live.cart').status]"), [
        undefined,
        "connecting",
      ]);
      await postElsewhere(page, "/add/milk");
      if (other !== undefined) await shows(other, `tea,milk;${DAY}`);
      await page.evaluate("shown.length = 0; comeBack()");
      await shows(page, `tea,milk;${DAY}`);
      const items = await page.evaluate("shown.filter(Boolean).map(({ items }) => items.join())");
      assert.deepEqual([...new Set(items as string[])], ["tea,milk"]);
    });
  }

  test("a subscriber that comes back after the session has ended is given nothing of it", async () => {
    const { open } = await tabs();
    const page = await open();
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
    await page.evaluate("leave()");
    await until(
      "its connection is closed",
      async () => (await page.evaluate("live('live.cart').known")) === false,
    );
    await postElsewhere(page, "/clear");
    await page.evaluate("shown.length = 0; comeBack()");
    await is(page, "none");
    assert.deepEqual(await page.evaluate("shown.filter(Boolean)"), []);
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
  });

  test("a server may take longer for its answer than a page waits between two looks at its connection", async () => {
    const { open } = await tabs(async (page) => await page.clock.install());
    const page = await open();
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
    app.instead = (_request, response) => void response.status(503).end();
    app.server.closeAllConnections();
    await is(page, "refused");
    await page.clock.fastForward(60_000);
    const held: (() => void)[] = [];
    let left = 0;
    app.instead = (_request, response, next) => {
      response.once("close", () => left++);
      held.push(next);
    };
    await until("it asks", async () => {
      await wake(page);
      return held.length > 0;
    });
    await page.clock.runFor(20_000);
    await page.evaluate(async () => void (await fetch("/cookie")));
    assert.deepEqual([held.length, left], [1, 0]);
    held[0]!();
    await is(page, "live");
  });

  test("a page of another origin follows with its cookie if it may, and after a drop too", async () => {
    const sessions = createSessions({ store, secret: SECRET, sweepInterval: false });
    const elsewhere = createServer(
      express()
        .use((request, response, next) => {
          response.set({
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "access-control-allow-headers": "last-event-id",
          });
          if (request.method === "OPTIONS") response.end();
          else next();
        })
        .use(persistSession(sessions))
        .get("/live", liveEvents([expose(Cart, ["items"])])),
    );
    const url = `${await listen(elsewhere)}/live`;
    try {
      const { open } = await tabs();
      const page = await open();
      await post(page, "/add/tea");
      await shows(page, `tea;${DAY}`);
      await page.evaluate(`
        globalThis.far = live("live.cart", { url: ${JSON.stringify(url)} });
        far.subscribe(() => {});
      `);
      const items = async () => (await page.evaluate("far.value?.items.join()")) as string;
      await until("it is told", async () => (await items()) === "tea");
      elsewhere.closeAllConnections();
      await until("it notices", async () => (await page.evaluate("far.status")) !== "live");
      await post(page, "/add/milk");
      await until("it is told what it missed", async () => (await items()) === "tea,milk");
    } finally {
      await stop(elsewhere);
      await sessions.close();
    }
  });
});

describe("the tab that has the connection", () => {
  const countSteals = async (page: Page): Promise<void> => {
    await page.clock.install();
    await page.addInitScript(`
      globalThis.steals = 0;
      const request = navigator.locks.request.bind(navigator.locks);
      navigator.locks.request = (name, options, run) => {
        if (options.steal) steals++;
        return request(name, options, run);
      };
    `);
  };
  const steals = async (page: Page): Promise<number> => (await page.evaluate("steals")) as number;

  /** Two tabs whose server has nothing to say but that it is busy. */
  async function waitingTabs(): Promise<readonly [Page, Page]> {
    await restart({ heartbeat: 1000 });
    const { open } = await tabs(countSteals);
    const [first, second] = [await open(), await open()];
    await post(first, "/add/tea");
    await shows(first, `tea;${DAY}`);
    await shows(second, `tea;${DAY}`);
    app.instead = (_request, response) => void response.status(503).end();
    app.server.closeAllConnections();
    await is(second, "refused");
    return [first, second];
  }

  test("keeps it while it waits for a server that is busy", async () => {
    const [first, second] = await waitingTabs();
    for (let round = 0; round < 12; round++) {
      await first.clock.runFor(10_000);
      await second.clock.runFor(10_000);
    }
    assert.deepEqual([await steals(first), await steals(second)], [0, 0]);
  });

  test("loses it if it gives no sign of life", async () => {
    const [first, second] = await waitingTabs();
    await first.evaluate("BroadcastChannel.prototype.postMessage = () => {}");
    await second.clock.runFor(60_000);
    await until("the second has taken it", async () => (await steals(second)) > 0);
    app.instead = undefined;
    await wake(second);
    await is(second, "live");
    await is(first, "live");
    await post(second, "/add/milk");
    await shows(second, `tea,milk;${DAY}`);
    await shows(first, `tea,milk;${DAY}`);
  });
});
