import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { bundle, makeApp } from "./app.ts";

test("a live state is a store of Svelte: derived() and get() work on it", async () => {
  const [browser, script]: [Browser, string] = await Promise.all([
    startChromium(),
    bundle("test/client/pages/svelte.ts"),
  ]);
  const app = await makeApp(memoryStore(), script);
  const origin = await listen(app.server);
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${origin}/`);
    await page.evaluate(async () => void (await fetch("/add/tea", { method: "POST" })));
    await until(
      "the derived store shows it",
      async () => (await page.textContent("#cart")) === "1 of tea",
    );
    assert.equal(await page.evaluate("getNow()"), "tea");
  } finally {
    await browser.close();
    await stop(app.server);
    await app.sessions.close();
  }
});
