import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { Gateway } from "../streamlit/gateway.ts";
import { untilKept } from "../streamlit/kept.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import { engines, secret } from "./engines.ts";
import { Nginx } from "./nginx.ts";

for (const [engine, start] of Object.entries(engines)) {
  describe(`--keep: two gateways, each with its own Streamlit, behind nginx on one ${engine}`, () => {
    let store: Awaited<ReturnType<typeof start>>;
    let replicas: Gateway[];
    let nginx: Nginx;
    let browser: Browser;
    before(async () => {
      [store, browser] = await Promise.all([start(), startChromium()]);
      const options = {
        app: "test/streamlit/apps/kept/dashboard.py",
        args: ["--keep", "--store", store.url, "--trust-proxy", "loopback"],
        env: { PERSIST_SESSION_SECRET: secret, STREAMLIT_SERVER_COOKIE_SECRET: secret },
      };
      // One after the other: a start of Streamlit keeps a processor busy for a while.
      replicas = [await Gateway.start(options), await Gateway.start(options)];
      nginx = await Nginx.start(replicas.map(({ port }) => port));
    });
    after(async () => {
      await browser.close();
      await nginx.stop();
      await Promise.all(replicas.map(async (replica) => await replica.remove()));
      await store.remove();
    });

    test("a tab goes on by itself on the other replica, and after a restart of that one too", async () => {
      const place = { store: store.url, secret };
      const context = await browser.newContext();
      const app = await StreamlitPage.open(context, nginx.origin);
      await app.clickUntil("count", "count", "1");
      await app.clickUntil("count", "count", "2");
      await app.clickUntil("tag", "home", "Region(name='home', tags=['new'])");
      await app.type("name", "Ada");
      await app.untilShown({ name: "'Ada'" });
      await app.idle();
      await untilKept(place, context, "Ada");
      const { pid } = await app.shown();
      const own = replicas.find(({ streamlitPid }) => String(streamlitPid) === pid);
      const other = replicas.find((replica) => replica !== own);
      assert.ok(own !== undefined && other !== undefined);

      await own.killBoth();
      const kept = { count: "2", log: "[1, 1]", name: "'Ada'" };
      const home = "Region(name='home', tags=['new'])";
      await app.untilShown({ ...kept, home, pid: String(other.streamlitPid) });
      await app.idle();
      await app.clickUntil("count", "count", "3");
      await untilKept(place, context, "key:count = J3");

      await app.page.goto("about:blank");
      await other.killBoth();
      await other.startAgain();
      await app.page.goto(nginx.origin);
      await app.untilShown({ count: "3", log: "[1, 1, 1]", name: "'Ada'", home });
      await app.untilInput("name", "Ada");
      await context.close();
    });
  });
}
