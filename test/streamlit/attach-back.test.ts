import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { Gateway } from "./gateway.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

/** Older versions do not name their runs in each message; then runs end with their page. */
const test = testSince(58);

let gateway: Gateway;
let browser: Browser;
before(async () => {
  browser = await startChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] }, "whole");
  gateway = await Gateway.start({ app: "test/streamlit/apps/elsewhere_single.py" });
});
after(async () => {
  await browser.close();
  await gateway.remove();
});

/** A page with values of its own, that says if it comes out of the back/forward cache. */
async function open(): Promise<StreamlitPage> {
  const context = await browser.newContext({ viewport: { width: 700, height: 700 } });
  const app = await StreamlitPage.open(context, `${gateway.origin}/`);
  await app.type("Name", "Ada");
  await app.untilShown({ typed: "Ada" });
  await app.idle();
  await app.page.evaluate(
    "addEventListener('pageshow', (event) => (window.isKept = event.persisted))",
  );
  return app;
}

async function work(app: StreamlitPage): Promise<void> {
  await app.click("work");
  await app.page.getByText("line 3: ").waitFor();
}

async function goBack(app: StreamlitPage, steps = 1): Promise<void> {
  await app.page.evaluate(`history.go(-${steps})`).catch(() => {});
  await app.page.waitForFunction("window.isKept === true");
}

test("a page from the back/forward cache joins no run of a page that came after it", async () => {
  const app = await open();
  await app.page.goto(`${gateway.origin}/?doc=2`);
  await app.untilShown({ doc: "2", typed: "Ada" });
  await app.idle();
  await work(app);
  await goBack(app);
  await app.untilShown({ doc: "none", end: "yes", typed: "Ada" });
  await app.idle();
  assert.equal(await app.page.getByText("line 0: ").count(), 0);
  await app.clickUntil("click", "clicks", "1");
  await app.untilShown({ doc: "none", typed: "Ada" });
  assert.equal(new URL(app.page.url()).search, "");
});

test("it joins none of a later page that has the same address", async () => {
  const app = await open();
  await app.page.goto(`${gateway.origin}/?doc=2`);
  await app.untilShown({ doc: "2" });
  await app.idle();
  await app.page.goto(`${gateway.origin}/`);
  await app.untilShown({ doc: "none", typed: "Ada" });
  await app.idle();
  await work(app);
  await goBack(app, 2);
  await app.page.getByText("line 0: ").waitFor({ state: "detached" });
  await app.untilShown({ doc: "none", end: "yes", typed: "Ada" });
  await app.idle();
  await app.clickUntil("click", "clicks", "1");
});

test("it joins its own run, and shows what it missed", async () => {
  const app = await open();
  await work(app);
  await app.page.goto(`${gateway.origin}/_stcore/health`);
  await goBack(app);
  await app.page.getByText("line 20: none").waitFor();
  assert.equal(await app.page.getByText("line 0: ").count(), 1);
  await app.clickUntil("click", "clicks", "1");
  await app.untilShown({ typed: "Ada", end: "yes" });
});
