import assert from "node:assert/strict";
import { test } from "node:test";
import { add, openTab, shown, untilShown, useStage } from "./stage.ts";

const stage = useStage();

test("a reload gives the tab its Streamlit session back when nothing was coded for it", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, stage.url);
  const first = await add(page);
  assert.equal(first.purpose, "open");
  await page.reload();
  const second = await shown(page);
  assert.equal(second.mark, first.mark);
  assert.equal(second.count, 1);
  assert.equal(second.purpose, "resume");
  assert.equal(second.session, first.session);
  assert.equal(second.tab, first.tab);
  assert.ok(!second.cookies.some((name) => name.includes("persist-session")));
});

test("each tab keeps its own Streamlit session when two are reloaded three times each", async () => {
  const context = await stage.newContext();
  const left = await openTab(context, stage.url);
  const one = await add(left);
  const right = await openTab(context, stage.url);
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

test("a tab that another opened begins its own Streamlit session when window.open copies sessionStorage", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, stage.url);
  const first = await add(page);
  const opening = context.waitForEvent("page");
  await page.evaluate("void window.open(location.href)");
  const opened = await opening;
  const second = await shown(opened);
  assert.notEqual(second.mark, first.mark);
  assert.notEqual(second.tab, first.tab);
  assert.equal(second.session, first.session);
  for (const [tab, { mark }] of [
    [page, first],
    [opened, second],
  ] as const) {
    await tab.reload();
    assert.equal((await shown(tab)).mark, mark);
  }
});

test("the tab keeps its Streamlit session when it goes to another site, comes back and is reloaded", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, stage.url);
  const { mark } = await add(page);
  await page.goto("about:blank");
  await page.goBack();
  assert.equal((await untilShown(page, "it is back", (state) => state.count === 1)).mark, mark);
  await add(page);
  await page.reload();
  const again = await shown(page);
  assert.equal(again.mark, mark);
  assert.equal(again.count, 2);
});

test("only the tab's id is left in sessionStorage when its page is open, from which a duplicated tab knows what to copy", async () => {
  const context = await stage.newContext();
  const page = await openTab(context, stage.url);
  await page.reload();
  await shown(page);
  const left = (await page.evaluate("Object.entries(sessionStorage)")) as [string, string][];
  const own = left.filter(([key]) => key.includes("persist-session"));
  assert.deepEqual(
    own.map(([key, value]) => [key.slice(-3), /^[0-9a-f]{32}$/.test(value)]),
    [[":of", true]],
  );
});

test("promise 6 (Isolation): the note of a first visit is not left in the page once the page's script has it", async () => {
  const context = await stage.newContext();
  const page = await context.newPage();
  const [html] = await Promise.all([
    page.waitForResponse((response) => response.url() === `${stage.url}/`),
    page.goto(stage.url),
  ]);
  assert.match(await html.text(), /data-issue="/);
  await shown(page);
  assert.ok(!(await page.content()).includes("data-issue"));
});

test("both tabs end on one session and keep what they have when they came at once for the first time", async () => {
  const context = await stage.newContext();
  const [late, early] = [await context.newPage(), await context.newPage()];
  // The first request has no cookie, and its answer comes when the other page has long been in use.
  const held = stage.holdNextPage();
  // By another address: Chromium sends no second request for one while the first has no answer.
  const opening = late.goto(`${stage.url}/?late`);
  await held.arrived;
  await early.goto(stage.url);
  const before = await add(early);
  held.release();
  await opening;
  const two = await shown(late);
  await untilShown(early, "both have one session", (state) => state.session === two.session);
  assert.notEqual(two.session, before.session);
  assert.notEqual(two.mark, before.mark);
  const one = await add(early);
  assert.equal(one.mark, before.mark);
  assert.equal(one.count, 2);
  for (const [page, { mark, count }] of [
    [early, one],
    [late, two],
  ] as const) {
    await page.reload();
    const again = await shown(page);
    assert.equal(again.session, two.session);
    assert.equal(again.mark, mark);
    assert.equal(again.count, count);
  }
});

test("both tabs have one session when both first requests were sent before the first answer", async () => {
  const context = await stage.newContext();
  const [left, right] = [await context.newPage(), await context.newPage()];
  const held = stage.holdNextPage();
  const first = left.goto(stage.url);
  await held.arrived;
  const second = stage.holdNextPage();
  const other = right.goto(`${stage.url}/?other`);
  await second.arrived;
  held.release();
  second.release();
  await Promise.all([first, other]);
  await untilShown(
    right,
    "both have one session",
    async ({ session }) => (await shown(left)).session === session,
  );
});
