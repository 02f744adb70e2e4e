import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppPage } from "./app-page.ts";
import { useStage } from "./stage.ts";
import { until } from "../support/until.ts";

const stage = useStage();

/** Presses a button and kills the server as soon as its answer has come. */
async function pressAndKill(app: AppPage, selector: string, path: string): Promise<void> {
  const answered = app.page.waitForResponse((response) => response.url().endsWith(path));
  await app.page.click(selector, { noWaitAfter: true });
  await answered;
  await stage.server.kill();
  await stage.server.startAgain();
  // The redirect may still be failing on the server that is gone, and then takes the place of a
  // page asked for.
  await until("the page is there again", async () => {
    const answer = await app.page.goto(`${stage.server.origin}/`).catch(() => null);
    return answer?.ok() === true;
  });
}

test("promise 1 (Reload): every change is there when the server is killed right after its answer", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await pressAndKill(app, "#more", "/count");
  await app.untilShown({ count: "1" });
  await app.page.fill("#note", "last words");
  await pressAndKill(app, "#add", "/notes");
  await app.untilShown({ count: "1", notes: ["last words"] });
  await app.page.check("[name=theme][value=dark]");
  await pressAndKill(app, "#save", "/settings");
  await app.untilShown({ count: "1", notes: ["last words"], theme: "dark" });
  assert.equal(await app.pid(), stage.server.pid);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`promise 1 (Reload): every change is there when the server was restarted by ${signal}`, async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.count(2);
    await app.untilConnection("online");
    await app.type("until the end");
    await app.untilSaved();
    assert.equal(await stage.server.stop(signal), 0);
    await stage.server.startAgain();
    await app.reload();
    const { count, pad } = await app.shown();
    assert.deepEqual({ count, pad }, { count: "2", pad: "until the end" });
  });
}
