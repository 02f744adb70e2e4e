import assert from "node:assert/strict";
import { test } from "node:test";
import { add, shown, useStage } from "./stage.ts";

const stage = useStage();

test("a reload gives the tab its Streamlit session back when nothing was coded for it", async () => {
  const context = await stage.newContext();
  const page = await context.newPage();
  await page.goto(stage.url);
  const first = await add(page);
  assert.equal(first.purpose, "open");
  await page.reload();
  const second = await shown(page);
  assert.equal(second.mark, first.mark);
  assert.equal(second.count, 1);
  assert.equal(second.purpose, "resume");
  assert.equal(second.session, first.session);
  assert.equal(second.tab, first.tab);
});

test("each tab keeps its own Streamlit session when two are reloaded three times each", async () => {
  const context = await stage.newContext();
  const [left, right] = [await context.newPage(), await context.newPage()];
  await left.goto(stage.url);
  const one = await add(left);
  await right.goto(stage.url);
  const two = await shown(right);
  assert.notEqual(two.mark, one.mark);
  assert.equal(two.session, one.session);
  for (let round = 1; round <= 3; round++) {
    await left.reload();
    assert.equal((await shown(left)).mark, one.mark);
    await right.reload();
    assert.equal((await shown(right)).mark, two.mark);
    await add(left);
  }
  assert.equal((await shown(right)).count, 0);
  assert.equal((await shown(left)).count, 4);
});
