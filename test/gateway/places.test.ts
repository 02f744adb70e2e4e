import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { startChromium } from "../browser/chromium.ts";
import { withoutCookies } from "../browser/cookieless.ts";
import { until } from "../support/until.ts";
import type { Shown } from "./app.ts";
import { add, openTab, shown, untilShown, useStage } from "./stage.ts";

const stage = useStage({
  gateway: { basePath: "/base/path" },
  streamlit: ["--server.baseUrlPath=base/path"],
});

test("a reload gives the tab its Streamlit session back when the app lies under a base path", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, `${stage.url}/`);
  const first = await add(page);
  await page.reload();
  const second = await shown(page);
  assert.equal(second.mark, first.mark);
  assert.equal(second.purpose, "resume");
});

test("a frame with the app inside the app is a tab of its own, and neither takes the other's session, when both are reloaded", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, `${stage.url}/`);
  const outer = await add(page);
  const frameOf = async (): Promise<string> => {
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('iframe'), { src: location.href }))",
    );
    const text = await page
      .frameLocator("iframe")
      .getByText(/^STATE /)
      .textContent();
    return (JSON.parse((text ?? "").slice("STATE ".length)) as { mark: string }).mark;
  };
  const inner = await frameOf();
  assert.notEqual(inner, outer.mark);
  await page.reload();
  assert.equal((await shown(page)).mark, outer.mark);
  assert.equal(await frameOf(), inner);
});

test("the page goes on where it was when it comes out of the back/forward cache", async () => {
  const browser = await startChromium(
    { ignoreDefaultArgs: ["--disable-back-forward-cache"] },
    "whole",
  );
  try {
    const page = await openTab(await browser.newContext(), `${stage.url}/`);
    await page.evaluate(
      "addEventListener('pageshow', ({ persisted }) => { if (persisted) document.title = 'kept'; })",
    );
    const first = await add(page);
    await page.goto(`${stage.url}/_persist/health`);
    await page.goBack({ waitUntil: "commit" });
    assert.equal(await page.title(), "kept");
    const second = await untilShown(page, "it is back", ({ count }) => count === 1);
    assert.equal(second.mark, first.mark);
    assert.equal((await add(page)).count, 2);
    await page.reload();
    const third = await shown(page);
    assert.equal(third.mark, first.mark);
    assert.equal(third.count, 2);
  } finally {
    await browser.close();
  }
});

test("a page of this app in between keeps the tab's session when it is gone back from through the back/forward cache", async () => {
  const browser = await startChromium(
    { ignoreDefaultArgs: ["--disable-back-forward-cache"] },
    "whole",
  );
  try {
    const page = await openTab(await browser.newContext(), `${stage.url}/`);
    const first = await add(page);
    await page.goto(`${stage.url}/?second`);
    assert.equal((await shown(page)).mark, first.mark);
    await add(page);
    await page.goBack({ waitUntil: "commit" });
    const back = await untilShown(page, "it has run again", ({ count }) => count === 2);
    assert.equal(back.mark, first.mark);
    await page.reload();
    assert.equal((await shown(page)).mark, first.mark);
  } finally {
    await browser.close();
  }
});

test("a browser that refuses cookies and storage has a session of its own, and keeps it when its socket drops", async () => {
  await withoutCookies(async (context) => {
    const [one, two] = [
      await openTab(context, `${stage.url}/`),
      await openTab(context, `${stage.url}/`),
    ];
    const [first, second] = [await add(one), await shown(two)];
    assert.equal(first.ephemeral, true);
    assert.notEqual(first.session, second.session);
    assert.equal(second.count, 0);
    stage.cutSockets();
    const again = await add(one);
    assert.equal(again.count, 2);
    assert.equal(again.session, first.session);
    assert.equal(stage.warnings.filter((line) => line.includes("keeps no cookie")).length, 1);
  });
});

test("the app works, with a session of its own for each place, when another site's page embeds it and gets no cookie", async () => {
  const host = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<iframe src="${stage.url}/?embed=true" width="400" height="500"></iframe>`);
  });
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  try {
    const context = await stage.newContext();
    const own = await openTab(context, `${stage.url}/`);
    const { session } = await add(own);
    // Another site: cookies that are "lax" stay away from its frames.
    const { port } = host.address() as AddressInfo;
    const page = await openTab(context, `http://localhost:${port}/`);
    const app = page.frameLocator("iframe");
    const embedded = async (): Promise<Shown> => {
      const text = (await app.getByText(/^STATE /).textContent()) ?? "";
      return JSON.parse(text.slice("STATE ".length)) as Shown;
    };
    const first = await embedded();
    assert.equal(first.ephemeral, true);
    assert.notEqual(first.session, session);
    await app.getByRole("button", { name: "Add" }).click();
    await until("the click counts", async () => (await embedded()).count === 1);
    // This Chromium gives such a frame no storage either, so a reload begins anew; the page itself
    // goes on.
    stage.cutSockets();
    await app.getByRole("button", { name: "Add" }).click();
    await until("the second click counts", async () => (await embedded()).count === 2);
    assert.equal((await embedded()).mark, first.mark);
  } finally {
    host.close();
    host.closeAllConnections();
  }
});
