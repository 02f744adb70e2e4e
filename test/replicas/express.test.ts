import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { AppPage } from "../browser/app-page.ts";
import { AppServer } from "../browser/app-server.ts";
import { startChromium } from "../browser/chromium.ts";
import { until } from "../support/until.ts";
import { engines, secret } from "./engines.ts";
import { Nginx } from "./nginx.ts";

// For the replicas, which are processes of this one.
process.env["PERSIST_SESSION_SECRET"] = secret;

for (const [engine, start] of Object.entries(engines)) {
  describe(`two Express processes behind nginx on one ${engine}`, () => {
    let store: Awaited<ReturnType<typeof start>>;
    let replicas: AppServer[];
    let nginx: Nginx;
    let browser: Browser;
    before(async () => {
      [store, browser] = await Promise.all([start(), startChromium()]);
      replicas = await Promise.all([0, 1].map(() => AppServer.start("--store", store.url)));
      nginx = await Nginx.start(replicas.map(({ origin }) => Number(new URL(origin).port)));
    });
    after(async () => {
      await browser.close();
      await nginx.stop();
      await Promise.all(replicas.map(async (replica) => await replica.remove()));
      await store.remove();
    });

    /** The replica that a page is connected to. */
    async function replicaOf(app: AppPage): Promise<AppServer> {
      const pid = await app.pid();
      const found = replicas.find((replica) => replica.pid === pid);
      assert.ok(found, `no replica has the process ${pid}`);
      return found;
    }

    test("promise 1 (Reload): everything is there when the replica that a browser uses is killed in mid-use", async () => {
      const context = await browser.newContext();
      const app = await AppPage.open(context, nginx.origin);
      await app.untilConnection("online");
      await app.count(3);
      await app.addNote("written before");
      await app.changeSettings({ name: "Ada", theme: "dark" });
      await app.untilConnection("online");
      await app.type("typed before");
      await app.untilSaved();

      const own = await replicaOf(app);
      await own.kill();
      // Typed while there is no connection, or the one to the other replica is being made.
      await app.type(", and meanwhile");
      await app.untilSaved();
      const other = await replicaOf(app);
      assert.notEqual(other, own);
      await app.count(1);
      assert.deepEqual(await app.shown(), {
        count: "4",
        notes: ["written before"],
        pad: "typed before, and meanwhile",
        name: "Ada",
        theme: "dark",
        accent: "indigo",
        times: true,
      });
      await own.startAgain();
      await context.close();
    });

    test("promise 4 (Merging): a tab on each replica shows what the other one changes, and every click counts", async () => {
      const context = await browser.newContext();
      const [direct, other] = replicas.map(({ origin }) => origin);
      // The cookie belongs to the host, whatever the port: so each tab can choose its replica.
      const left = await AppPage.open(context, direct ?? "");
      const right = await AppPage.open(context, other ?? "");
      await Promise.all([left.untilConnection("online"), right.untilConnection("online")]);
      assert.notEqual(await left.pid(), await right.pid());
      await left.addNote("from the left");
      await right.untilShown({ notes: ["from the left"] });
      await left.untilConnection("online");
      await right.type("from the right");
      await left.untilShown({ pad: "from the right" });
      await Promise.all([left.count(4), right.count(4), left.page.bringToFront()]);
      await left.reload();
      assert.equal((await left.shown()).count, "8");
      await context.close();
    });

    test("promise 5 (Clear is final): a tab on the other replica is emptied when one clears", async () => {
      const context = await browser.newContext();
      const [first, second] = replicas.map(({ origin }) => origin);
      const left = await AppPage.open(context, first ?? "");
      await left.count(2);
      const right = await AppPage.open(context, second ?? "");
      await right.untilConnection("online");
      await left.clear();
      await right.untilShown({ count: "0" });
      await context.close();
    });

    test("the replicas say that they are not ready while the store is away, and recover by themselves", async () => {
      const [replica] = replicas;
      const ready = async () => (await fetch(`${replica?.origin}/_persist/ready`)).status;
      assert.equal(await ready(), 200);
      await store.kill();
      await until("the replica is not ready", async () => (await ready()) === 503);
      assert.equal((await fetch(`${replica?.origin}/_persist/health`)).status, 200);
      await store.start();
      await until("the replica is ready again", async () => (await ready()) === 200);
      const answer = await fetch(`${nginx.origin}/`);
      assert.equal(answer.status, 200);
    });
  });
}
