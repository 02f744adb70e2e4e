import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { withRig } from "../raw.ts";
import { inRun, listen, Page } from "./page.ts";
import { element, finished, newSession, olderNewSession, rerun } from "./run-messages.ts";

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
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
      await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
      const said = listen(rig);
      back.socket.send(rerun());
      await until("its request has come", () => said.length === 1);
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
