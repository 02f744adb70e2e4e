import assert from "node:assert/strict";
import { until } from "../support/until.ts";
import { useStage } from "./stage.ts";
import { testSince } from "./test-since.ts";

const stage = useStage({ app: "test/streamlit/apps/dashboard_ticking.py" });

/** Older versions do not name their runs in each message; then runs end with their page. */
const test = testSince(58);

test("a page that is reloaded while a part of it runs by itself runs its whole script, each time", async () => {
  const app = await (await stage.newVisitor()).openTab();
  for (let times = 1; times <= 4; times++) {
    const { tick } = await app.shown();
    // It has just begun, and takes most of a second.
    await until("it runs by itself", async () => (await app.shown())["tick"] !== tick);
    await app.page.reload();
    await app.untilShown({ runs: String(times + 1) });
  }
  const { tick } = await app.shown();
  await until("it runs by itself", async () => Number((await app.shown())["tick"]) > Number(tick));
});

test("a click in that part goes on over a reload, although the timer has asked again", async () => {
  const app = await (await stage.newVisitor()).openTab();
  await app.click("part");
  await app.page.getByText("piece 15: ").waitFor();
  await app.page.reload();
  await app.page.getByText("piece 20: 1").waitFor();
  const shown = await app.shown();
  assert.equal(shown["runs"], "1");
  await app.page.getByText("piece 99: 1").waitFor();
});
