import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { listen, stop } from "../support/listen.ts";
import { Gateway } from "./gateway.ts";
import { StreamlitPage } from "./streamlit-page.ts";

// Streamlit itself lets every localhost port in, and with this all other origins: what keeps them
// out here is the gateway.
const OPEN = ["--", "--server.enableCORS", "false", "--server.enableXsrfProtection", "false"];

let gateway: Gateway;
let browser: Browser;
let elsewhere: Server;
let attackerPort: string;

before(async () => {
  elsewhere = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<title>another page</title>");
  });
  attackerPort = new URL(await listen(elsewhere)).port;
  gateway = await Gateway.start({
    app: "test/streamlit/apps/persisted.py",
    args: ["--allow-origin", `http://named.example.test:${attackerPort}`, ...OPEN],
  });
  browser = await startChromium({
    args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.example.test 127.0.0.1"],
  });
});

after(async () => {
  await browser?.close();
  await gateway?.remove();
  await stop(elsewhere);
});

/**
 * Opens the app's WebSocket from a page, asks for a run, and gives what it shows under that name.
 */
async function spy(page: Page, host: string): Promise<string> {
  const address = `ws://${host}:${gateway.port}/_stcore/stream`;
  return (await page.evaluate(
    `new Promise((resolve) => {
      const socket = new WebSocket(${JSON.stringify(address)}, ["streamlit", "x"]);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(new Uint8Array([0x5a, 0]));
      socket.onerror = () => resolve("refused");
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") return;
        const found = /count: ([0-9]+)/.exec(new TextDecoder("latin1").decode(data));
        if (found !== null) resolve(found[1]);
      };
    })`,
  )) as string;
}

async function victim(host: string): Promise<{ context: BrowserContext; app: StreamlitPage }> {
  const context = await browser.newContext();
  const app = await StreamlitPage.open(context, `http://${host}:${gateway.port}`);
  for (const count of ["1", "2"]) await app.clickUntil("count", "count", count);
  return { context, app };
}

async function pageOf(context: BrowserContext, host: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`http://${host}:${attackerPort}/`);
  return page;
}

for (const [what, app, attacker] of [
  ["another port of localhost", "127.0.0.1", "127.0.0.1"],
  ["a sibling subdomain", "app.example.test", "evil.example.test"],
] as const) {
  test(`promise 6 (Isolation): a page of ${what} neither reads nor drives the stored state`, async () => {
    const { context, app: own } = await victim(app);
    const page = await pageOf(context, attacker);
    assert.equal(await spy(page, app), "0");
    // The cookie does go along: it is the gateway that does not count it.
    const status = await page.evaluate(
      `fetch("http://${app}:${gateway.port}/_persist/alive", { method: "POST", mode: "no-cors", credentials: "include" }).then(({ type }) => type)`,
    );
    assert.equal(status, "opaque");
    await own.reload();
    await own.untilShown({ count: "2" });
    await own.clickUntil("count", "count", "3");
    await context.close();
  });
}

test("a page of an origin that the operator named reads the stored state", async () => {
  const { context } = await victim("app.example.test");
  assert.equal(await spy(await pageOf(context, "named.example.test"), "app.example.test"), "2");
  await context.close();
});
