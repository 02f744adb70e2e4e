import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { until } from "../support/until.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";
import { Gateway } from "./gateway.ts";
import { StreamlitPage } from "./streamlit-page.ts";

let redis: RedisServer;
let gateway: Gateway;
let browser: Browser;

before(async () => {
  browser = await startChromium();
  // What it has acknowledged is on its disk, so that it can be killed.
  redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
  gateway = await Gateway.start({
    app: "test/streamlit/apps/persisted.py",
    args: ["--store", redis.url, "--no-resume"],
    env: { PERSIST_SESSION_SECRET: "a secret of this test that is long enough" },
  });
});
after(async () => {
  await browser?.close();
  await gateway?.remove();
  await redis?.remove();
});

test("promise 10 (Failure is loud and loses nothing): a store that is away is an error on the page and never an empty state", async () => {
  const context = await browser.newContext();
  const app = await StreamlitPage.open(context, gateway.origin);
  await app.clickUntil("count", "count", "1");
  await app.clickUntil("item", "items", "[0]");
  await redis.kill();

  // A click that cannot be stored says so.
  await app.click("count");
  await until("the page shows an error", async () => (await app.error()) !== undefined);
  assert.match((await app.error()) ?? "", /store/i);

  // So does a page that cannot be restored; it never shows the defaults.
  await app.page.reload();
  await until("it says so too", async () => (await app.error()) !== undefined);
  assert.notEqual((await app.shown())["count"], "0");

  await redis.start();
  await until("the stored state is shown again", async () => {
    await app.page.reload();
    await app.idle();
    return (await app.shown())["items"] === "[0]";
  });
  assert.ok(["1", "2"].includes((await app.shown())["count"] ?? ""));
});
