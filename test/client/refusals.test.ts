import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { RequestHandler } from "express";
import type { Browser } from "playwright-core";
import { memoryStore } from "../../src/store/memory.ts";
import { startChromium } from "../browser/chromium.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { bundle, type LiveApp, makeApp } from "./app.ts";
import { DAY, is, post, postElsewhere, shows, tabsOf, wake } from "./tabs.ts";

let browser: Browser;
let app: LiveApp;
let origin: string;

before(async () => {
  const [chromium, script] = await Promise.all([
    startChromium(),
    bundle("test/client/pages/cart.ts"),
  ]);
  browser = chromium;
  app = await makeApp(memoryStore(), script);
  origin = await listen(app.server);
});
afterEach(async () => {
  app.instead = undefined;
  await Promise.all(browser.contexts().map(async (context) => await context.close()));
});
after(async () => {
  await browser.close();
  await stop(app.server);
  await app.sessions.close();
});

const status =
  (code: number): RequestHandler =>
  (_request, response) =>
    void response.status(code).json({ code: "TEST" });

/** Answers that say that this browser may not see the session. */
const shut: Record<string, RequestHandler> = {
  "401": status(401),
  "403": status(403),
  "404": status(404),
  "410": status(410),
  "a sign-in page": (_request, response) => response.redirect("/sign-in"),
  "a sign-in page of another origin": (request, response) =>
    response.redirect(`http://localhost:${request.socket.localPort}/sign-in`),
  "an empty answer": (_request, response) => void response.status(204).end(),
};

/** Answers of a server that could not look. */
const busy: Record<string, RequestHandler> = {
  "429": status(429),
  "500": status(500),
  "502": (_request, response) => void response.status(502).type("html").send("<p>Bad gateway"),
  "503": status(503),
};

/** Two tabs that show a state, whose connection is then broken and refused. */
async function refusedTabs(instead: RequestHandler) {
  const { open } = await tabsOf(browser, () => origin);
  const [first, second] = [await open(), await open()];
  await post(first, "/add/tea");
  await shows(first, `tea;${DAY}`);
  await shows(second, `tea;${DAY}`);
  app.instead = instead;
  app.server.closeAllConnections();
  await is(first, "refused");
  await is(second, "refused");
  const third = await open();
  await is(third, "refused");
  return [first, second, third] as const;
}

describe("a page whose connection is refused", () => {
  for (const [name, instead] of Object.entries(shut)) {
    test(`promise 5 (Clear is final): shows nothing of its session in any tab after ${name}, and all of it once it may`, async () => {
      const tabs = await refusedTabs(instead);
      for (const page of tabs) await shows(page, "nothing");
      app.instead = undefined;
      await wake(...tabs);
      for (const page of tabs) {
        await shows(page, `tea;${DAY}`);
        await is(page, "live");
      }
    });
  }

  for (const [name, instead] of Object.entries(busy)) {
    test(`keeps what it shows after ${name}, and a new tab shows it too`, async () => {
      const tabs = await refusedTabs(instead);
      for (const page of tabs) await shows(page, `tea;${DAY}`);
      app.instead = undefined;
      await wake(...tabs);
      for (const page of tabs) await is(page, "live");
      await post(tabs[0], "/add/milk");
      for (const page of tabs) await shows(page, `tea,milk;${DAY}`);
    });
  }

  test("asks ever more seldom if it is sent to a sign-in page after clear()", async () => {
    const { open } = await tabsOf(
      browser,
      () => origin,
      async (page) => {
        await page.addInitScript(`
          globalThis.waits = [];
          const { setTimeout } = globalThis;
          globalThis.setTimeout = (run, wait) => (waits.push(wait), setTimeout(run, wait));
        `);
      },
    );
    const page = await open();
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
    app.instead = shut["a sign-in page"];
    await post(page, "/clear");
    await shows(page, "nothing");
    await is(page, "refused");
    await until("it waits for a second", async () => await page.evaluate("waits.at(-1) >= 1000"));
    await until("its developer is told", () =>
      errors.some((text) => text.includes("Who are you?")),
    );
  });

  test("shows what a session holds that follows, also if that is the same as before", async () => {
    const { open } = await tabsOf(browser, () => origin);
    const [page, other] = [await open(), await open()];
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
    await shows(other, `tea;${DAY}`);
    // It does not hear of the end.
    app.instead = status(503);
    app.server.closeAllConnections();
    await is(page, "refused");
    await postElsewhere(page, "/clear");
    app.instead = undefined;
    await wake(page, other);
    await is(page, "none");
    await shows(page, "nothing");
    await shows(other, "nothing");
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
    await shows(other, `tea;${DAY}`);
  });

  test("follows a rotate() although its route refuses the old cookie", async () => {
    const { open } = await tabsOf(browser, () => origin);
    const page = await open();
    await post(page, "/add/tea");
    await shows(page, `tea;${DAY}`);
    const { cookie } = await page.evaluate(async () => {
      const answer = await fetch("/cookie");
      return (await answer.json()) as { cookie: string };
    });
    app.instead = (request, response, next) => {
      if (request.headers.cookie === cookie) response.status(401).end();
      else next();
    };
    await post(page, "/rotate");
    await post(page, "/add/milk");
    await shows(page, `tea,milk;${DAY}`);
    assert.equal(
      await page.evaluate("shown.slice(shown.findIndex(Boolean)).includes(undefined)"),
      false,
      "it showed nothing meanwhile",
    );
  });
});
