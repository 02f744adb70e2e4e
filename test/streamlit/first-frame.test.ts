import assert from "node:assert/strict";
import { test } from "node:test";
import { framesOf, recordFrames } from "./frames.ts";
import { useStage } from "./stage.ts";

const stage = useStage({ app: "test/streamlit/apps/persisted.py", args: ["--no-resume"] });

test("promise 2 (First frame): the restored value is the first that was ever in the page when it is loaded again", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  await app.clickUntil("count", "count", "2");
  await app.clickUntil("item", "items", "[0]");
  await recordFrames(app.page);
  await app.reload();
  assert.deepEqual(await framesOf(app.page, "count"), ["2"]);
  assert.deepEqual(await framesOf(app.page, "items"), ["[0]"]);
});

test("promise 2 (First frame): one script run is enough when the page is loaded", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const states: string[] = [];
  await app.page.exposeFunction("noteState", (state: string) => states.push(state));
  await app.page.addInitScript({
    content: `new MutationObserver(() => {
      const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
      if (state && state !== window.lastState) window.noteState(window.lastState = state);
    }).observe(document, { subtree: true, childList: true, attributes: true });`,
  });
  await app.reload();
  await app.untilShown({ count: "1" });
  assert.equal(states.filter((state) => state === "running").length, 1, states.join(" "));
});

test("framesOf() shows the value that was there before when a page replaces it", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await recordFrames(app.page);
  await app.reload();
  await app.clickUntil("count", "count", "1");
  assert.deepEqual(await framesOf(app.page, "count"), ["0", "1"]);
});
