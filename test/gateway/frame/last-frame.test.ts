import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { type RawBrowser, type Rig, withRig } from "../raw.ts";
import { inRun, listen, Page } from "./page.ts";
import { find } from "../../../src/gateway/frame/wire.ts";
import { toldText } from "./frames.ts";
import {
  element,
  finished,
  newSession,
  olderNewSession,
  rerun,
  TEXT_INPUT,
  textInput,
} from "./run-messages.ts";

/** The page after a reload, whose request for a run has come to Streamlit. */
async function comeBack(rig: Rig, browser: RawBrowser, { tab, ticket }: Page) {
  const back = await Page.open(browser, { tab, ticket });
  await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
  const said = listen(rig);
  back.socket.send(rerun());
  await until("its request has come", () => said.length === 1);
  return { back, said };
}

for (const [name, begin] of [
  ["a newer", newSession],
  ["an older", olderNewSession],
] as const)
  test(`the last frame of ${name} page comes before its next run, and nothing gets lost or out of order`, async () => {
    await withRig(async (rig) => {
      const { browser, page, socket, session } = await inRun(rig);
      for (const message of [begin(session, "2"), element([0, 0], "old"), finished("2")])
        socket.send(message);
      await page.untilText("old");
      await page.leave();
      const { back } = await comeBack(rig, browser, page);
      assert.equal(back.texts.length, 0, "Streamlit has not answered yet");
      const { last } = rig.streamlit;
      for (const message of [begin(session, "3"), element([0, 0], "1"), element([0, 1], "2")])
        last.socket.send(message);
      await back.untilText("2");
      assert.deepEqual(back.texts, ["old", "1", "2"]);
      last.socket.send(element([0, 2], "3"));
      await back.untilText("3");
      assert.deepEqual(back.texts, ["old", "1", "2", "3"]);
    });
  });

test("the last frame is not shown to a page that gets another Streamlit session", async () => {
  await withRig(async (rig) => {
    const { browser, page, socket } = await inRun(rig);
    socket.send(finished("1"));
    socket.send(element([0, 0], "late"));
    await page.untilText("late");
    await page.leave();
    rig.streamlit.forget();
    const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
    await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
    back.socket.send(rerun());
    const { last } = rig.streamlit;
    for (const message of [newSession(last.session, "1"), element([0, 0], "new")])
      last.socket.send(message);
    await back.untilText("new");
    assert.deepEqual(back.texts, ["new"]);
  });
});

test("a page over the bound is not kept, and its run goes as today", async () => {
  await withRig(
    async (rig) => {
      const { page, socket } = await inRun(rig);
      socket.send(element([0, 1], "x".repeat(5000)));
      socket.send(element([0, 2], "end"));
      await page.untilText("end");
      await page.leave();
      await until("the socket is closed", () => socket.readyState === socket.CLOSED);
    },
    { gateway: { frame: { maxFrame: 4096 } } },
  );
});

/** What the page was told about the values of a text input, in order. */
function toldValues(page: Page): (string | undefined)[] {
  return page.got.filter((one) => find(one, 5, 3, TEXT_INPUT)).map((one) => toldText([one], "w"));
}

test("a page that has changed a widget need not take the value again that the last frame has told, but takes another one", async () => {
  await withRig(async (rig) => {
    const input = (value?: string): Buffer =>
      element([0, 0], textInput("w", value), { kind: TEXT_INPUT });
    const { browser, page, socket, session } = await inRun(rig);
    socket.send(input("old"));
    socket.send(element([0, 1], "end"));
    socket.send(finished("1"));
    await page.untilText("end");
    await page.leave();
    const { back, said } = await comeBack(rig, browser, page);
    const again = rig.streamlit.last.socket;
    for (const one of [newSession(session, "2"), input("old"), input("other"), input("old")])
      again.send(one);
    again.send(element([0, 1], "2"));
    await back.untilText("2");
    assert.deepEqual(toldValues(back), ["old", "old", undefined, "other", "old"]);
    assert.deepEqual(back.choices, ["w"]);
    back.socket.send(rerun({ typed: { w: "typed" } }));
    await until("its report has come", () => said.length === 2);
    for (const one of [finished("2", 2), newSession(session, "3"), input("old")]) again.send(one);
    again.send(element([0, 1], "3"));
    await back.untilText("3");
    assert.equal(toldValues(back).at(-1), "old", "the script has set it, knowing what was typed");
  });
});

test("a page that has joined a run and changed a widget since need not take its value again", async () => {
  await withRig(async (rig) => {
    const input = (at: number, id: string, value?: string): Buffer =>
      element([0, at], textInput(id, value), { kind: TEXT_INPUT });
    const { browser, page, socket, session } = await inRun(rig);
    for (const one of [input(0, "w"), input(1, "v"), finished("1")]) socket.send(one);
    page.socket.send(rerun({ typed: { w: "one", v: "two" } }));
    for (const one of [newSession(session, "2"), element([0, 2], "asleep")]) socket.send(one);
    await page.untilText("asleep");
    await page.leave();
    const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
    back.socket.send(rerun());
    await back.untilText("asleep");
    const before = toldValues(back).length;
    assert.ok(before > 0);
    for (const one of [input(0, "w"), element([0, 2], "drawn")]) socket.send(one);
    await back.untilText("drawn");
    assert.deepEqual(toldValues(back).slice(before), ["one", undefined]);
    assert.deepEqual(back.choices, ["w"]);
  });
});
