import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";

const stage = useStage();

test("a second tab shows the same when it is opened by the page's own button", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.count(2);
  const [second] = await Promise.all([
    visitor.context.waitForEvent("page"),
    app.page.click("#second"),
  ]);
  await second.waitForLoadState();
  assert.equal(await second.textContent("#count"), "2");
});

test("promise 4 (Merging): both tabs keep their change when each changes something else on an old page", async () => {
  const visitor = await stage.newVisitor();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await left.addNote("from the left");
  await right.changeSettings({ name: "Right", theme: "dark" });
  await left.untilConnection("online");
  await left.type("typed on the left");
  await left.untilSaved();
  await right.count(1);
  for (const tab of [left, right]) {
    await tab.reload();
    assert.deepEqual(await tab.shown(), {
      count: "1",
      notes: ["from the left"],
      pad: "typed on the left",
      name: "Right",
      theme: "dark",
      accent: "indigo",
      times: true,
    });
  }
});

test("promise 4 (Merging): every click counts when two tabs count at once", async () => {
  const visitor = await stage.newVisitor();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await Promise.all([left.count(6), right.count(6), left.page.bringToFront()]);
  await left.reload();
  assert.equal((await left.shown()).count, "12");
});

test("a tab shows what another changes without a reload when both are open", async () => {
  const visitor = await stage.newVisitor();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await right.untilConnection("online");
  await right.page.fill("#note", "half a note");
  await right.page.evaluate("globalThis.notReloaded = true");
  await left.count(2);
  await left.addNote("seen <b>by both</b>");
  await left.changeSettings({ theme: "dark", accent: "rose" });
  await right.untilShown({
    count: "2",
    notes: ["seen <b>by both</b>"],
    theme: "dark",
    accent: "rose",
  });
  assert.equal(await right.page.evaluate("globalThis.notReloaded"), true);
  assert.equal(await right.page.inputValue("#note"), "half a note");
});

test("a tab shows what another changed when its WebSocket was dropped meanwhile", async () => {
  const visitor = await stage.newVisitor();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await right.untilConnection("online");
  await right.page.click("#drop");
  await right.untilConnection("offline");
  await left.count(3);
  await right.untilShown({ count: "3" });
});

test("a tab shows what is typed in another when both are open", async () => {
  const visitor = await stage.newVisitor();
  const left = await visitor.openTab();
  const right = await visitor.openTab();
  await left.untilConnection("online");
  await left.type("seen by both");
  await right.untilShown({ pad: "seen by both" });
});
