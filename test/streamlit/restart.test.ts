import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";

const stage = useStage({ app: "test/streamlit/apps/persisted.py" });

test("the open page runs again by itself, with no dialog, when Streamlit was killed and has come back", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("count", "count", "1");
  const dialogs: string[] = [];
  await app.page.exposeFunction("noteDialog", (text: string) => dialogs.push(text));
  await app.page.evaluate(`new MutationObserver(() => {
    const dialog = document.querySelector('[role="dialog"]');
    if (dialog !== null) window.noteDialog(dialog.textContent);
  }).observe(document.body, { subtree: true, childList: true })`);
  const killed = await stage.gateway.killStreamlit();
  await app.page.waitForFunction(
    `[...document.querySelectorAll('[data-testid="stText"]')]
      .some((e) => /^pid: /.test(e.textContent) && e.textContent !== "pid: ${killed}")`,
  );
  await app.idle();
  await app.untilShown({ count: "1" });
  assert.deepEqual(dialogs, []);
  // The first click after it counts.
  await app.clickUntil("count", "count", "2");
});
