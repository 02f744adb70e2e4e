import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { useStage } from "../streamlit/stage.ts";

const here = dirname(fileURLToPath(import.meta.url));
const stage = useStage({ app: join(here, "apps", "live.py") });

test("live: a page runs again when another tab has changed the state, and keeps what was typed", async () => {
  const visitor = await stage.newVisitor();
  const one = await visitor.openTab();
  const two = await visitor.openTab();
  await two.type("typed", "mine");
  await two.untilShown({ typed: "mine" });
  await one.clickUntil("count", "count", "1");
  await two.untilShown({ count: "1", items: "i1", "same class": "True", typed: "mine" });
  await two.clickUntil("count", "count", "2");
  await one.untilShown({ count: "2", items: "i1,i2", "same class": "True" });
  assert.equal(await two.inputValue("typed"), "mine");
});

test("a run that a click interrupts keeps what it did, and the newer one counts on", async () => {
  const visitor = await stage.newVisitor();
  const tab = await visitor.openTab();
  await tab.click("slow");
  await tab.page.getByTestId("stStatusWidget").waitFor();
  await tab.click("count");
  await tab.idle();
  const { count = "0", items } = await tab.shown();
  assert.equal(items, `i${count}`);
  assert.ok(Number(count) > 1 && Number(count) < 200, count);
  await tab.reload();
  await tab.untilShown({ count, items });
});
