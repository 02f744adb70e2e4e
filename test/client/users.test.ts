import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
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
after(async () => {
  await browser.close();
  await stop(app.server);
  await app.sessions.close();
});

async function names(page: Page, name: string | undefined): Promise<void> {
  await until(
    `the page names ${name}`,
    async () => (await page.evaluate("live('live.profile').value?.name")) === name,
  );
}

test("promise 5 (Clear is final): a user's state is shown from login to logout, however the page hears of that, and the browser's own all the time", async () => {
  const errors: string[] = [];
  const { context, open } = await tabsOf(browser, () => origin);
  const follow = async (): Promise<Page> => {
    const page = await open();
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.evaluate("live('live.profile').subscribe(() => {})");
    return page;
  };
  const signIn = async () =>
    await context.addCookies([{ name: "user", value: "ann", url: origin }]);
  const signOut = async () => await context.clearCookies({ name: "user" });

  const page = await follow();
  await post(page, "/add/a");
  await shows(page, `a;${DAY}`);
  await names(page, undefined);

  await signIn();
  await post(page, "/add/b");
  await post(page, "/name/Ann");
  await names(page, "Ann");
  const second = await follow();
  await names(second, "Ann");

  await signOut();
  await post(page, "/add/c");
  for (const one of [page, second]) {
    await names(one, undefined);
    await shows(one, `a,b,c;${DAY}`);
  }

  await signIn();
  await post(page, "/add/d");
  for (const one of [page, second]) await names(one, "Ann");

  // Its stream does not say that the user has signed out.
  app.instead = (_request, response) => void response.status(503).end();
  app.server.closeAllConnections();
  for (const one of [page, second]) await is(one, "refused");
  await signOut();
  await postElsewhere(page, "/add/e");
  app.instead = undefined;
  await wake(page, second);
  const third = await follow();
  for (const one of [page, second, third]) {
    await shows(one, `a,b,c,d,e;${DAY}`);
    await is(one, "live");
    await names(one, undefined);
  }

  await signIn();
  await post(page, "/add/f");
  for (const one of [page, second, third]) await names(one, "Ann");
  assert.doesNotMatch(errors.join("\n"), /ERR_LIVE_NOT_EXPOSED/);
});
