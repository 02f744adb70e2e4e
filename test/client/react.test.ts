import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import express from "express";
import type { Browser } from "playwright-core";
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
  server = createServer(app);
  origin = await listen(server);
});
after(async () => {
  await browser.close();
  await stop(server);
  await sessions.close();
  await rm(directory, { recursive: true, force: true });
});

test("useLive() shows the server's value at first, hydrates without a mismatch, and follows changes", async () => {
  const context = await browser.newContext();
  await context.request.post(`${origin}/add/tea`);
  const page = await context.newPage();
  // What the list has shown, from its first appearance on.
  await page.addInitScript(`
    globalThis.painted = [];
    new MutationObserver(() => {
      const list = document.querySelector("#list");
      if (list !== null) painted.push(list.textContent);
    }).observe(document, { childList: true, subtree: true, characterData: true });
  `);
  await page.goto(`${origin}/`);
  const post = async (path: string): Promise<void> =>
    await page.evaluate(async (to) => void (await fetch(to, { method: "POST" })), path);
  await post("/add/milk");
  await until("the change is shown", async () => (await page.textContent("#list")) === "tea,milk");
  assert.deepEqual(await page.evaluate("errors"), []);
  const painted = (await page.evaluate("[...new Set(painted)]")) as string[];
  assert.deepEqual(painted, ["tea", "tea,milk"]);
});
