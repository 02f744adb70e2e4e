import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { listen, stop } from "../support/listen.ts";
import { startChromium } from "../browser/chromium.ts";
import { until } from "../support/until.ts";
import { Gateway } from "./gateway.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { TlsFront } from "./tls-front.ts";

/** The site of the app, and that of the page that shows it. */
const APP = "app.example";
const PORTAL = "portal.test";
const PREFIX = "/~/+/";
/** The Host header that a host's proxy puts instead of the browser's. */
const REWRITTEN = "internal.example:8501";

let browser: Browser;
let portal: Server;
let portalPort: string;
let show = "";

before(async () => {
  portal = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(show);
  });
  portalPort = new URL(await listen(portal)).port;
  const rules = [APP, PORTAL].map((name) => `MAP ${name} 127.0.0.1`).join(",");
  browser = await startChromium({
    args: ["--no-sandbox", "--disable-gpu", `--host-resolver-rules=${rules}`],
  });
});
after(async () => {
  await browser?.close();
  await stop(portal);
});

async function line(frame: FrameLocator, name: string): Promise<string | undefined> {
  const lines = await frame.locator('[data-testid="stText"]').allTextContents();
  return lines.find((text) => text.startsWith(`${name}: `))?.slice(name.length + 2);
}

async function untilLine(frame: FrameLocator, name: string, value: string): Promise<void> {
  await until(`${name} is ${value}`, async () => (await line(frame, name)) === value);
  await frame
    .locator(
      '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]',
    )
    .waitFor();
}

/**
 * All of our cookies that the browser has, with the site that each belongs to if it is partitioned.
 */
async function ownCookies(context: BrowserContext, page: Page) {
  const session = await context.newCDPSession(page);
  const { cookies } = (await session.send("Network.getAllCookies")) as {
    cookies: {
      name: string;
      value: string;
      secure: boolean;
      sameSite?: string;
      partitionKey?: { topLevelSite: string; hasCrossSiteAncestor: boolean };
    }[];
  };
  return cookies.filter(({ name }) => name.includes("persist-session"));
}

for (const [what, host] of [
  ["kept", undefined],
  ["rewritten", REWRITTEN],
] as const) {
  test(`an app below ${PREFIX} of a host's proxy, in another site's page, with Host ${what}: visit, reload, clear, rotate`, async () => {
    const gateway = await Gateway.start({
      app: "test/streamlit/apps/persisted.py",
      args: ["--trust-proxy", "loopback", "--same-site", "none", "--partitioned", "--no-resume"],
    });
    const front = await TlsFront.start(gateway.port, {
      prefix: PREFIX,
      ...(host !== undefined && { host }),
    });
    try {
      show = `<iframe src="https://${APP}:${front.port}${PREFIX}" width="600" height="600"></iframe>`;
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto(`http://${PORTAL}:${portalPort}/`);
      const frame = page.frameLocator("iframe");
      const click = async (label: string) =>
        await frame.getByRole("button", { name: label, exact: true }).click();
      await untilLine(frame, "count", "0");
      await click("count");
      await untilLine(frame, "count", "1");
      const [cookie, ...more] = await ownCookies(context, page);
      assert.deepEqual(more, []);
      assert.deepEqual([cookie?.secure, cookie?.sameSite], [true, "None"]);
      assert.equal(cookie?.partitionKey?.topLevelSite, `http://${PORTAL}`);

      await page.reload();
      await untilLine(frame, "count", "1");
      await click("rotate");
      await until("the browser has another cookie", async () => {
        const [now, ...others] = await ownCookies(context, page);
        return now !== undefined && now.value !== cookie?.value && others.length === 0;
      });
      await click("count");
      await untilLine(frame, "count", "2");
      await page.reload();
      await untilLine(frame, "count", "2");
      await click("clear");
      await untilLine(frame, "count", "0");
      await page.reload();
      await untilLine(frame, "count", "0");
      await click("count");
      await untilLine(frame, "count", "1");
      await click("end");
      await untilLine(frame, "count", "0");
      await page.reload();
      await untilLine(frame, "count", "0");
      await context.close();
    } finally {
      front.close();
      await gateway.remove();
    }
  });
}

test("behind a proxy that rewrites Host, a reloaded page is resumed, and an open one runs again after a restart of Streamlit", async () => {
  const gateway = await Gateway.start({
    app: "test/streamlit/apps/persisted.py",
    args: ["--trust-proxy", "loopback"],
  });
  const front = await TlsFront.start(gateway.port, { prefix: PREFIX, host: REWRITTEN });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const app = await StreamlitPage.open(context, `https://${APP}:${front.port}${PREFIX}`);
    await app.clickUntil("count", "count", "1");
    await app.type("left", "typed");
    await app.clickUntil("save left", "left", "typed");
    const { pid } = await app.shown();
    await app.reload();
    await app.untilShown({ count: "1", left: "typed" });
    await app.untilInput("left", "typed");
    await gateway.killStreamlit();
    await until("the page shows the new Streamlit's process", async () => {
      const shown = await app.shown().catch(() => undefined);
      return shown?.["pid"] !== undefined && shown["pid"] !== pid;
    });
    await app.untilShown({ count: "1", left: "typed" });
    await context.close();
  } finally {
    front.close();
    await gateway.remove();
  }
});
