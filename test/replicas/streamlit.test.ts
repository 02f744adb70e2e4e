import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { until } from "../support/until.ts";
import { Gateway } from "../streamlit/gateway.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import { engines, secret } from "./engines.ts";
import { Nginx } from "./nginx.ts";

/** That all of them come to one of two replicas by chance will not happen. */
const MAX_VISITORS = 40;

for (const [engine, start] of Object.entries(engines)) {
  describe(`two gateways, each with its own Streamlit, behind nginx on one ${engine}`, () => {
    let store: Awaited<ReturnType<typeof start>>;
    let replicas: Gateway[];
    let nginx: Nginx;
    let browser: Browser;
    before(async () => {
      [store, browser] = await Promise.all([start(), startChromium()]);
      const options = {
        app: "test/replicas/apps/replica.py",
        args: ["--store", store.url, "--trust-proxy", "loopback"],
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

    /** The replica whose Streamlit a page shows. */
    async function replicaOf(app: StreamlitPage): Promise<Gateway> {
      const { pid } = await app.shown();
      const found = replicas.find(({ streamlitPid }) => String(streamlitPid) === pid);
      assert.ok(found, `no replica has the process ${pid}`);
      return found;
    }

    async function upload(app: StreamlitPage, bytes: number): Promise<void> {
      const file = {
        name: "file.bin",
        mimeType: "application/octet-stream",
        buffer: Buffer.alloc(bytes, 7),
      };
      const shown = app.page.getByText(`upload: ${bytes}`);
      // Streamlit's page may not listen to its new input yet, and then takes no notice.
      await until("the file is there", async () => {
        await app.page.setInputFiles("input[type=file]", file);
        return await shown.waitFor({ timeout: 5000 }).then(
          () => true,
          () => false,
        );
      });
    }

    /**
     * Waits until the picture, which is larger by a point for each count, has come from the
     * replica's media.
     */
    async function untilPicture(app: StreamlitPage, width: number): Promise<void> {
      await until(`a picture of ${width} points is shown`, async () => {
        const found = await app.page.evaluate(
          `[...document.querySelectorAll("img")].map((image) => image.naturalWidth)`,
        );
        return (found as number[]).includes(width);
      });
    }

    // Before a replica is killed: nginx leaves it alone for a while after that, and its browsers
    // move back to it in mid-use.
    test("uploads, media and the running session work when our cookie decides which replica answers", async () => {
      // As many browsers as it takes until both replicas have some.
      const used = new Set<Gateway>();
      for (let visitor = 0; visitor < MAX_VISITORS && used.size < 2; visitor++) {
        const context = await browser.newContext();
        const app = await StreamlitPage.open(context, nginx.origin);
        used.add(await replicaOf(app));
        await app.clickUntil("Count", "clicks", "1");
        await upload(app, 300_000 + visitor);
        await untilPicture(app, 41);
        await app.reload();
        // Resume: the tab has its own Streamlit session back, which is in the memory of one
        // replica.
        await app.untilShown({ clicks: "1", count: "1" });
        await context.close();
      }
      assert.equal(used.size, 2);
    });

    test("promise 1 (Reload): stored state is there when the replica that a browser uses is killed in mid-use", async () => {
      const context = await browser.newContext();
      const app = await StreamlitPage.open(context, nginx.origin);
      await app.clickUntil("Count", "count", "1");
      await app.clickUntil("Count", "count", "2");
      await app.clickUntil("Note", "notes", "note 1");
      const own = await replicaOf(app);

      await own.killBoth();
      // The page connects again by itself, through nginx to the other one.
      const other = replicas.find((replica) => replica !== own);
      await app.untilShown({ count: "2", notes: "note 1", pid: String(other?.streamlitPid) });
      await app.idle();
      await app.clickUntil("Count", "count", "3");
      await upload(app, 200_000);
      await untilPicture(app, 43);
      await app.reload();
      await app.untilShown({ count: "3", notes: "note 1" });
      await own.startAgain();
      await context.close();
    });
  });
}
