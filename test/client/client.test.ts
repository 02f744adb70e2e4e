import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { after, afterEach, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { startChromium } from "../browser/chromium.ts";
import { freePort } from "../support/free-port.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { bundle, type LiveApp, makeApp } from "./app.ts";

let browser: Browser;
let script: string;
let store: Store;
let app: LiveApp;
let origin: string;

before(async () => {
  [browser, script] = await Promise.all([startChromium(), bundle("test/client/pages/cart.ts")]);
  store = memoryStore();
  app = await makeApp(store, script);
  origin = await listen(app.server, "http", await freePort());
});
afterEach(async () => {
  await Promise.all(browser.contexts().map(async (context) => await context.close()));
});
after(async () => {
  await browser.close();
  await stop(app.server);
  await app.sessions.close();
});

async function tab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  return page;
}

async function post(page: Page, path: string): Promise<void> {
  await page.evaluate(async (to) => void (await fetch(to, { method: "POST" })), path);
}

async function shows(page: Page, text: string): Promise<void> {
  await until(`the page shows ${text}`, async () => (await page.textContent("#cart")) === text);
}

const DAY = "86400000";

test("a page and a second tab show a change without a reload, by one connection for both", async () => {
  const context = await browser.newContext();
  const first = await tab(context);
  await shows(first, "nothing");
  await until(
    "the page knows that it has no session",
    async () => (await first.textContent("#status")) === "none",
  );
  await post(first, "/add/tea");
  await shows(first, `tea;${DAY}`);
  const before = app.asked();
  const second = await tab(context);
  await shows(second, `tea;${DAY}`);
  await post(second, "/add/milk");
  await shows(first, `tea,milk;${DAY}`);
  await shows(second, `tea,milk;${DAY}`);
  assert.equal(app.asked(), before, "the second tab asked for a stream of its own");
});

test("another tab takes the connection over when the one that has it is closed", async () => {
  const context = await browser.newContext();
  const first = await tab(context);
  await post(first, "/add/tea");
  await shows(first, `tea;${DAY}`);
  const second = await tab(context);
  await shows(second, `tea;${DAY}`);
  await first.close();
  await post(second, "/add/milk");
  await shows(second, `tea,milk;${DAY}`);
});

test("promise 6 (Isolation): a page is told about its own session alone, and about nothing that is not exposed", async () => {
  const [mine, other] = [
    await tab(await browser.newContext()),
    await tab(await browser.newContext()),
  ];
  await post(mine, "/add/mine");
  await post(other, "/add/other");
  await shows(mine, `mine;${DAY}`);
  await shows(other, `other;${DAY}`);
  await post(mine, "/secret");
  await post(mine, "/add/more");
  await shows(mine, `mine,more;${DAY}`);
  const keys = await mine.evaluate(
    "[...new Set(shown.flatMap((value) => Object.keys(value ?? {})))].sort()",
  );
  assert.deepEqual(keys, ["items", "since"]);
  await shows(other, `other;${DAY}`);
});

test("a value of the page is frozen", async () => {
  const page = await tab(await browser.newContext());
  await post(page, "/add/tea");
  await shows(page, `tea;${DAY}`);
  assert.equal(
    await page.evaluate("Object.isFrozen(shown.at(-1)) && Object.isFrozen(shown.at(-1).items)"),
    true,
  );
});

test("promise 5 (Clear is final): nothing of a cleared session stays on the page, and what follows is shown", async () => {
  const context = await browser.newContext();
  const [page, second] = [await tab(context), await tab(context)];
  await post(page, "/add/tea");
  await shows(second, `tea;${DAY}`);
  await post(page, "/clear");
  await shows(page, "nothing");
  await shows(second, "nothing");
  await post(second, "/add/milk");
  await shows(page, `milk;${DAY}`);
  await shows(second, `milk;${DAY}`);
});

test("a page follows its state over a rotate", async () => {
  const page = await tab(await browser.newContext());
  await post(page, "/add/tea");
  await shows(page, `tea;${DAY}`);
  await post(page, "/rotate");
  await post(page, "/add/milk");
  await shows(page, `tea,milk;${DAY}`);
  assert.equal(
    await page.evaluate("shown.slice(shown.findIndex(Boolean)).includes(undefined)"),
    false,
    "it showed nothing meanwhile",
  );
});

test("a page connects again after the server has been restarted, and shows what changed meanwhile", async () => {
  const page = await tab(await browser.newContext());
  await post(page, "/add/tea");
  await shows(page, `tea;${DAY}`);
  const { port } = new URL(origin);
  await stop(app.server);
  await until("the page has noticed", async () => (await page.textContent("#status")) !== "live");
  app = await makeApp(store, script);
  await new Promise<void>((resolve) => app.server.listen(Number(port), "127.0.0.1", resolve));
  await post(page, "/add/milk");
  await shows(page, `tea,milk;${DAY}`);
});

test("a state that the route does not expose is an error that names the remedy", async () => {
  const page = await tab(await browser.newContext());
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await post(page, "/add/tea");
  await page.evaluate("live('live.other').subscribe(() => {})");
  await until("the page is told", () =>
    errors.some((text) => text.includes("ERR_LIVE_NOT_EXPOSED")),
  );
  assert.match(errors.join("\n"), /"live\.other"[\s\S]*expose\(/);
});

test("a subscriber that throws keeps neither the others nor the connection from going on", async () => {
  const page = await tab(await browser.newContext());
  await post(page, "/add/tea");
  await shows(page, `tea;${DAY}`);
  await page
    .evaluate(
      "live('live.cart').subscribe((value) => { if (value !== undefined) throw new Error('mine') })",
    )
    .catch(() => {});
  await post(page, "/add/milk");
  await shows(page, `tea,milk;${DAY}`);
  await post(page, "/add/bread");
  await shows(page, `tea,milk,bread;${DAY}`);
});

test("after a logout that ends in a refusal nothing of the old session stays on the page", async () => {
  const page = await tab(await browser.newContext());
  await post(page, "/add/tea");
  await shows(page, `tea;${DAY}`);
  await page.route(
    "**/live",
    async (route) => await route.fulfill({ status: 401, json: { code: "SIGN_IN" } }),
  );
  await post(page, "/clear");
  await shows(page, "nothing");
});

test("the client has at most 3 KB when it is gzipped", async () => {
  const bytes = gzipSync(await bundle("src/client/index.ts", true), { level: 9 }).length;
  assert.ok(bytes <= 3072, `${bytes} bytes`);
});
