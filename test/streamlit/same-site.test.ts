import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, FrameLocator } from "playwright-core";
import { listen, stop } from "../support/listen.ts";
import { startChromium } from "../browser/chromium.ts";
import { until } from "../support/until.ts";
import { Gateway } from "./gateway.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { TlsFront } from "./tls-front.ts";

const HOST = "app.example";
const APP = "test/streamlit/apps/persisted.py";

let browser: Browser;
/** Another site, whose pages hold what the address asks for. */
let elsewhere: Server;
let elsewhereUrl: string;
let show = "";

before(async () => {
  elsewhere = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(show);
  });
  elsewhereUrl = await listen(elsewhere);
  browser = await startChromium({
    args: ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
  });
});
after(async () => {
  await browser?.close();
  await stop(elsewhere);
});

async function cookieOf(context: BrowserContext) {
  const cookies = await context.cookies();
  return cookies.find(({ name }) => name.includes("persist-session"));
}

function line(frame: FrameLocator, name: string): Promise<string | undefined> {
  return frame
    .locator('[data-testid="stText"]')
    .allTextContents()
    .then((lines) => lines.find((text) => text.startsWith(`${name}: `))?.slice(name.length + 2));
}

describe("--same-site none --partitioned", () => {
  test("an app that another site's page embeds over HTTPS keeps its state over a reload", async () => {
    const gateway = await Gateway.start({
      app: APP,
      args: ["--trust-proxy", "loopback", "--same-site", "none", "--partitioned", "--no-resume"],
    });
    const front = await TlsFront.start(gateway.port);
    try {
      show = `<iframe src="https://${HOST}:${front.port}/" width="600" height="600"></iframe>`;
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto(elsewhereUrl);
      const frame = page.frameLocator("iframe");
      const shows = async (count: string) =>
        await until(`the count is ${count}`, async () => (await line(frame, "count")) === count);
      await shows("0");
      await frame.getByRole("button", { name: "count" }).click();
      await shows("1");
      const cookie = await cookieOf(context);
      assert.deepEqual([cookie?.secure, cookie?.sameSite], [true, "None"]);
      await page.reload();
      await shows("1");
      await frame.getByRole("button", { name: "count" }).click();
      await shows("2");
      assert.equal((await cookieOf(context))?.value, cookie?.value);
      await context.close();
    } finally {
      front.close();
      await gateway.remove();
    }
  });
});

describe("--same-site strict", () => {
  test("a visitor keeps the session when another site's link leads to the app, and a new one gets it so", async () => {
    const gateway = await Gateway.start({
      app: APP,
      args: ["--same-site", "strict", "--no-resume"],
    });
    try {
      const url = `http://${HOST}:${gateway.port}/`;
      show = `<a href="${url}">to the app</a>`;
      const byLink = async (context: BrowserContext): Promise<StreamlitPage> => {
        const app = new StreamlitPage(await context.newPage());
        await app.page.goto(elsewhereUrl);
        await app.page.click("a");
        await app.idle();
        return app;
      };
      const known = await browser.newContext();
      const first = await StreamlitPage.open(known, url);
      await first.clickUntil("count", "count", "1");
      const cookie = await cookieOf(known);
      assert.equal(cookie?.sameSite, "Strict");
      await (await byLink(known)).untilShown({ count: "1" });
      assert.equal((await cookieOf(known))?.value, cookie?.value);

      const fresh = await browser.newContext();
      const app = await byLink(fresh);
      await app.clickUntil("count", "count", "1");
      await app.reload();
      await app.untilShown({ count: "1" });
      await Promise.all([known.close(), fresh.close()]);
    } finally {
      await gateway.remove();
    }
  });
});
