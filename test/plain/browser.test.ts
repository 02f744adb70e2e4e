import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { framesOf, recordFrames } from "../streamlit/frames.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import { until } from "../support/until.ts";
import { type PlainStreamlit, useInstalled } from "./plain-streamlit.ts";

const { start } = useInstalled();
let browser: Browser;
before(async () => {
  browser = await startChromium();
});
afterEach(
  async () => await Promise.all(browser.contexts().map(async (context) => await context.close())),
);
after(async () => await browser.close());

async function visit(app: PlainStreamlit, context?: BrowserContext): Promise<StreamlitPage> {
  const at = context ?? (await browser.newContext({ viewport: { width: 700, height: 700 } }));
  return await StreamlitPage.open(at, `${app.origin}/`);
}

describe("streamlit run, for an app that imports persist_session", () => {
  let app: PlainStreamlit;
  before(async () => {
    app = await start({ app: "test/streamlit/apps/persisted.py" });
  });

  test("state and inputs are kept over a reload", async () => {
    const page = await visit(app);
    await page.clickUntil("count", "count", "1");
    await page.type("left", "typed");
    await page.idle();
    await page.reload();
    await page.untilShown({ count: "1" });
    await page.untilInput("left", "typed");
    await page.clickUntil("count", "count", "2");
  });

  test("the restored value is the first that a reloaded page paints", async () => {
    const page = await visit(app);
    await page.clickUntil("count", "count", "1");
    await recordFrames(page.page);
    await page.reload();
    assert.deepEqual(await framesOf(page.page, "count"), ["1"]);
  });

  test("a second tab has the state and a session of its own", async () => {
    const one = await visit(app);
    await one.clickUntil("count", "count", "1");
    await one.type("left", "of the first tab");
    await one.idle();
    const two = await visit(app, one.page.context());
    await two.untilShown({ count: "1" });
    assert.equal(await two.inputValue("left"), "");
    await two.clickUntil("count", "count", "2");
    await one.clickUntil("count", "count", "3");
  });

  test("a clear is final, also over a reload", async () => {
    const page = await visit(app);
    await page.clickUntil("count", "count", "1");
    await page.clickUntil("clear", "count", "0");
    await page.reload();
    await page.untilShown({ count: "0" });
  });

  test("rotate() gives the open page another cookie and keeps the state", async () => {
    const page = await visit(app);
    await page.clickUntil("count", "count", "1");
    const cookie = async (): Promise<string | undefined> =>
      (await page.page.context().cookies()).find(({ name }) => name.includes("persist-session"))
        ?.value;
    const old = await cookie();
    await page.click("rotate");
    await until("the page has its new cookie", async () => (await cookie()) !== old);
    await page.reload();
    await page.untilShown({ count: "1" });
  });

  test("the state is there after a restart by SIGTERM, and after SIGKILL", async () => {
    const page = await visit(app);
    await page.clickUntil("count", "count", "1");
    await app.stop();
    await app.startAgain();
    await page.reload();
    await page.untilShown({ count: "1" });
    await page.clickUntil("count", "count", "2");
    await app.kill();
    await app.startAgain();
    await page.reload();
    await page.untilShown({ count: "2" });
  });

  test("a page goes on when the gateway was killed: it is started again, and a reload finds the same session", async () => {
    const page = await visit(app);
    await page.clickUntil("count", "count", "1");
    await page.type("left", "typed");
    await page.idle();
    const killed = await app.killGateway();
    await until("another gateway runs", () => ![undefined, killed].includes(app.gatewayPid));
    await page.idle();
    await page.clickUntil("count", "count", "2");
    await page.reload();
    await page.untilShown({ count: "2" });
    await page.untilInput("left", "typed");
  });
});

test("an app that does not import us keeps its session and widgets over a reload with PERSIST_SESSION=on", async () => {
  const app = await start({
    app: "test/streamlit/apps/plain.py",
    env: { PERSIST_SESSION: "on" },
  });
  const page = await visit(app);
  await page.clickUntil("count", "number", "1");
  await page.type("name", "typed");
  await page.untilShown({ name: "typed" });
  const { lock } = await page.shown();
  await page.reload();
  await page.untilShown({ number: "1", name: "typed", lock: lock ?? "" });
  await page.untilInput("name", "typed");
});
