import assert from "node:assert/strict";
import type { BrowserContext } from "playwright-core";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

const stage = useStage({ app: "test/streamlit/apps/plain.py" });

/** Older pages ask for health and host-config before anything else. */
const test = testSince(58);

/** Holds what a page asks of Streamlit before it opens its socket. */
async function holdQuestions(context: BrowserContext): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await context.route(/\/_stcore\/(health|host-config)$/, async (route) => {
    await released;
    await route.continue().catch(() => {});
  });
  return release;
}

test("a reloaded page is connected and shows its app before health and host-config are answered", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "number", "1");
  const release = await holdQuestions(visitor.context);
  await app.reload();
  await app.untilShown({ number: "1" });
  await app.clickUntil("count", "number", "2");
  release();
  await app.reload();
  await app.untilShown({ number: "2" });
});

test("the page of a new visitor asks first", async () => {
  const visitor = await stage.newVisitor();
  const release = await holdQuestions(visitor.context);
  const page = await visitor.context.newPage();
  const app = new StreamlitPage(page);
  let sockets = 0;
  page.on("websocket", () => sockets++);
  const asks = page.waitForRequest(/\/_stcore\/(health|host-config)$/);
  await page.goto(stage.gateway.origin);
  await asks;
  assert.equal(await page.evaluate("typeof window.__streamlit?.HOST_CONFIG"), "undefined");
  assert.equal(sockets, 0);
  release();
  await app.untilShown({ number: "0" });
});

test("what a page that embeds Streamlit has set itself is left as it is", async () => {
  const visitor = await stage.newVisitor();
  await visitor.openTab();
  await visitor.context.addInitScript({ content: "window.__streamlit = { CUSTOM: 1 };" });
  const app = await visitor.openTab();
  assert.deepEqual(await app.page.evaluate("({ ...window.__streamlit })"), { CUSTOM: 1 });
  await app.clickUntil("count", "number", "1");
  await app.reload();
  await app.untilShown({ number: "1" });
});
