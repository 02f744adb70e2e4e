import assert from "node:assert/strict";
import { test } from "node:test";
import { framesOf, recordFrames } from "./frames.ts";
import { useStage } from "./stage.ts";
import { until } from "../support/until.ts";

const stage = useStage();

test("promise 2 (First frame): no other value was ever in the page when it is loaded again", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.count(2);
  await app.changeSettings({ theme: "dark" });
  await app.untilConnection("online");
  await app.type("kept");
  await app.untilSaved();
  await recordFrames(app.page);
  await app.reload();
  await app.untilConnection("online");
  assert.deepEqual(await framesOf(app.page), ["2 dark kept"]);
});

test("promise 2 (First frame): the very first response holds the restored values", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.count(1);
  await app.addNote("kept");
  const [response] = await Promise.all([app.page.waitForResponse(/\/$/), app.reload()]);
  const html = await response.text();
  assert.match(html, /<output id="count">1<\/output>/);
  assert.match(html, /<span class="note">kept<\/span>/);
});

test("framesOf() shows the value that was there before when a page replaces it", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.count(1);
  await recordFrames(app.page);
  await app.reload();
  await app.untilConnection("online");
  await app.page.evaluate(`document.querySelector("#count").textContent = "2"`);
  await until("the other value is written down", async () => (await framesOf(app.page)).length > 1);
  // The page's own connection may put the true value back.
  assert.deepEqual((await framesOf(app.page)).slice(0, 2), ["1 auto ", "2 auto "]);
});
