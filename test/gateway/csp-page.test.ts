import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { add, openTab, untilShown, useStage } from "./stage.ts";

const stage = useStage();
let browser: Browser | undefined;
before(async () => {
  // A page that the test hands out is no page of this machine to Chromium, which then keeps it from
  // the machine's servers.
  const args = ["--no-sandbox", "--disable-gpu", "--disable-features=LocalNetworkAccessChecks"];
  browser = await startChromium({ args });
});
after(async () => await browser?.close());

/** Has the page come with a policy, as a server in front of the gateway adds one. */
async function withPolicy(context: BrowserContext, policy: string): Promise<void> {
  await context.route(
    (url) => url.pathname === "/",
    async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), "content-security-policy": policy };
      await route.fulfill({ response, headers });
    },
  );
}

describe("a policy that something in front of the gateway adds", () => {
  for (const sources of ["'self'", "ORIGIN/static/js/"])
    test(`lets a reloaded page be resumed if scripts may come from ${sources}`, async () => {
      const context = await browser!.newContext();
      const allowed = sources.replace("ORIGIN", stage.url);
      await withPolicy(context, `script-src ${allowed} 'unsafe-inline' 'unsafe-eval'`);
      const page = await openTab(context, `${stage.url}/`);
      const { session, count } = await add(page);
      await page.reload();
      const again = await untilShown(
        page,
        "the page is back",
        (state) => state.session === session,
      );
      assert.equal(again.count, count);
    });
});
