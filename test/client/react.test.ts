import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import express from "express";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { createSessions, currentSession, restore, type Sessions } from "../../src/index.ts";
import { persistSession } from "../../src/adapter/express.ts";
import { expose, liveEvents } from "../../src/live/index.ts";
import { startChromium } from "../browser/chromium.ts";
import { root } from "../project/imports.ts";
import { listen, stop } from "../support/listen.ts";
import { until } from "../support/until.ts";
import { bundle, Cart, SECRET } from "./app.ts";

let browser: Browser;
let sessions: Sessions;
let server: Server;
let origin: string;
let directory: string;

before(async () => {
  // Beside the project's packages, so that the component's React is the server's.
  directory = await mkdtemp(join(root, "node_modules", ".react-test-"));
  const [chromium, script, component] = await Promise.all([
    startChromium(),
    bundle("test/client/pages/react.tsx"),
    build({
      entryPoints: [join(root, "test/client/pages/render.tsx")],
      bundle: true,
      write: false,
      format: "esm",
      jsx: "automatic",
      packages: "external",
    }),
  ]);
  browser = chromium;
  const file = join(directory, "render.mjs");
  await writeFile(file, component.outputFiles[0]!.text);
  const { render } = (await import(pathToFileURL(file).href)) as {
    render: (value: object) => string;
  };

  sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
  const view = expose(Cart, ["items"]);
  const app = express();
  app.use(persistSession(sessions));
  app.get("/page.js", (_request, response) => void response.type("js").send(script));
  app.get("/live", liveEvents([view]));
  app.get("/", async (_request, response) => {
    const value = view.pick(await currentSession().peek(Cart));
    response.send(
      `<div id="root">${render(value)}</div><script type="application/json" id="initial">${JSON.stringify(value)}</script>` +
        '<script type="module" src="/page.js"></script>',
    );
  });
  app.post("/add/:item", async (request, response) => {
    (await restore(Cart)).items.push(request.params.item);
    response.send("added");
  });
  app.post("/clear", async (_request, response) => {
    await currentSession().clear();
    response.send("cleared");
  });
  server = createServer(app);
  origin = await listen(server);
});
after(async () => {
  await browser.close();
  await stop(server);
  await sessions.close();
  await rm(directory, { recursive: true, force: true });
});

/** A page that notes what its list has shown, from its first appearance on. */
async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(`
    globalThis.painted = [];
    new MutationObserver(() => {
      const list = document.querySelector("#list");
      if (list !== null) painted.push(list.textContent);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  `);
  await page.goto(`${origin}/`);
  return page;
}

async function shows(page: Page, text: string): Promise<void> {
  await until(
    `the list shows ${text}`,
    async () => (await page.locator("#list").allTextContents())[0] === text,
  );
}

/** What was shown since the last time, without repetitions. */
async function painted(page: Page): Promise<unknown> {
  return await page.evaluate("[...new Set(painted.splice(0))]");
}

/** Shows the list with a first value; undefined: another page of the app. */
async function setFirst(page: Page, first: string): Promise<void> {
  await page.evaluate(`setFirst(${first})`);
  // React has painted by the next frame but one.
  await page.evaluate(
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
  );
}

async function leave(page: Page): Promise<void> {
  await setFirst(page, "undefined");
  await until(
    "its connection is closed",
    async () => (await page.evaluate("live('live.cart').known")) === false,
  );
}

test("useLive() shows the server's value at first, hydrates without a mismatch, and follows changes", async () => {
  const context = await browser.newContext();
  await context.request.post(`${origin}/add/tea`);
  const page = await open(context);
  await context.request.post(`${origin}/add/milk`);
  await shows(page, "tea,milk");
  assert.deepEqual(await page.evaluate("errors"), []);
  assert.deepEqual(await painted(page), ["tea", "tea,milk"]);
});

test("useLive() shows a newer first value when its component comes back, never what was there before", async () => {
  const context = await browser.newContext();
  await context.request.post(`${origin}/add/tea`);
  const page = await open(context);
  await until("it is told", async () => (await page.evaluate("live('live.cart').known")) === true);
  await leave(page);
  await context.request.post(`${origin}/add/milk`);
  await painted(page);
  await setFirst(page, "{ items: ['tea', 'milk'] }");
  await context.request.post(`${origin}/add/bread`);
  await shows(page, "tea,milk,bread");
  assert.deepEqual(await painted(page), ["tea,milk", "tea,milk,bread"]);
});

test("promise 5 (Clear is final): useLive() shows no first value of a session that has ended, and shows one that came since", async () => {
  const context = await browser.newContext();
  await context.request.post(`${origin}/add/tea`);
  const page = await open(context);
  await until("it is told", async () => (await page.evaluate("live('live.cart').known")) === true);
  await context.request.post(`${origin}/clear`);
  await shows(page, "nothing");
  await painted(page);
  await setFirst(page, "initial");
  await setFirst(page, "{ items: ['tea'] }");
  await setFirst(page, "undefined");
  await setFirst(page, "{ items: ['tea'] }");
  await shows(page, "nothing");
  await setFirst(page, "{ items: ['fresh'] }");
  await shows(page, "fresh");
  assert.deepEqual(await painted(page), ["nothing", "fresh"]);
  await context.request.post(`${origin}/add/milk`);
  await page.evaluate("dispatchEvent(new Event('online'))");
  await shows(page, "milk");
});

test("useLive() hides the first value of a session that has ended while its component was away", async () => {
  const context = await browser.newContext();
  await context.request.post(`${origin}/add/tea`);
  const page = await open(context);
  await until("it is told", async () => (await page.evaluate("live('live.cart').known")) === true);
  await leave(page);
  await context.request.post(`${origin}/clear`);
  await setFirst(page, "initial");
  await shows(page, "nothing");
  await setFirst(page, "{ items: ['fresh'] }");
  await shows(page, "fresh");
});

test("useLive() keeps the first value of a browser without a session, also if its component was away", async () => {
  const page = await open(await browser.newContext());
  const is = async (status: string) =>
    await until(
      `the page is ${status}`,
      async () => (await page.evaluate("live('live.cart').status")) === status,
    );
  await is("none");
  await leave(page);
  await setFirst(page, "initial");
  await is("none");
  await shows(page, "");
  assert.deepEqual(await painted(page), [""]);
});
