import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../../support/until.ts";
import { lastClaims, type Rig, withRig } from "../raw.ts";
import { inRun, Page } from "./page.ts";
import { element, finished, newSession, rerun } from "./run-messages.ts";

/** What happens between a page and Streamlit until the page is reloaded. */
type Step =
  | { readonly asks: Parameters<typeof rerun>[0] }
  | { readonly begins: string; readonly of: string[] }
  | { readonly ends: string; readonly of: string[]; readonly status?: number };

const TICK = { fragment: "f", isAuto: true };
const OTHER_TICK = { fragment: "g", isAuto: true };
const CLICK = { fragment: "f", clicked: "button" };
const RERUN = 2;

const WITHOUT_A_PERSON: Record<string, readonly Step[]> = {
  "a timer": [{ asks: TICK }, { begins: "2", of: ["f"] }],
  "two timers at once": [{ asks: TICK }, { asks: OTHER_TICK }, { begins: "2", of: ["f", "g"] }],
  "a timer after a click whose run is over": [
    { asks: CLICK },
    { begins: "2", of: ["f"] },
    { ends: "2", of: ["f"], status: 3 },
    { asks: TICK },
    { begins: "3", of: ["f"] },
  ],
  "a timer whose run repeats itself": [
    { asks: TICK },
    { begins: "2", of: ["f"] },
    { ends: "2", of: ["f"], status: RERUN },
    { begins: "3", of: ["f"] },
  ],
};
const BY_A_PERSON: Record<string, readonly Step[]> = {
  "a click in a fragment": [{ asks: CLICK }, { begins: "2", of: ["f"] }],
  "a click, and a timer before it began": [
    { asks: CLICK },
    { asks: TICK },
    { begins: "2", of: ["f"] },
  ],
  "a timer, and a click before it began": [
    { asks: TICK },
    { asks: CLICK },
    { begins: "2", of: ["f"] },
  ],
  "a click, and a timer while it ran": [
    { asks: CLICK },
    { begins: "2", of: ["f"] },
    { asks: TICK },
  ],
  "a timer, and a click in the fragment while it ran": [
    { asks: TICK },
    { begins: "2", of: ["f"] },
    { asks: CLICK },
  ],
  "a timer, and a click outside while it ran": [
    { asks: TICK },
    { begins: "2", of: ["f"] },
    { asks: { clicked: "button" } },
  ],
  "a click in one fragment together with a timer of another": [
    { asks: CLICK },
    { asks: OTHER_TICK },
    { begins: "2", of: ["f", "g"] },
  ],
  "a click whose run repeats itself": [
    { asks: CLICK },
    { begins: "2", of: ["f"] },
    { ends: "2", of: ["f"], status: RERUN },
    { begins: "3", of: ["f"] },
  ],
  "a click, for the whole script": [{ asks: { clicked: "button" } }, { begins: "2", of: [] }],
};

/** A page in the middle of a run that was asked for like this. */
async function inRunOf(rig: Rig, steps: readonly Step[]) {
  const moment = await inRun(rig);
  const { page, socket, session, said } = moment;
  socket.send(finished("1"));
  for (const [at, step] of steps.entries()) {
    if ("asks" in step) {
      const before = said.length;
      page.socket.send(rerun(step.asks));
      await until("it has come", () => said.length === before + 1);
      continue;
    }
    if ("begins" in step) socket.send(newSession(session, step.begins, step.of));
    else socket.send(finished(step.ends, step.status, step.of));
    socket.send(element([0, 1], `step ${at}`));
    await page.untilText(`step ${at}`);
  }
  return moment;
}

describe("a page that is reloaded during a run of fragments", () => {
  for (const [who, steps] of Object.entries(WITHOUT_A_PERSON))
    test(`resumes, so the whole script runs, if this asked for the run: ${who}`, async () => {
      await withRig(async (rig) => {
        const { browser, page, socket } = await inRunOf(rig, steps);
        await page.leave();
        const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        await until("the run is stopped", () => socket.readyState === socket.CLOSED);
        assert.equal(rig.streamlit.arrivals.length, 2);
        assert.equal(lastClaims(rig).p, "resume");
        assert.equal(back.code, undefined);
      });
    });

  for (const [who, steps] of Object.entries(BY_A_PERSON))
    test(`joins the run if this asked for it: ${who}`, async () => {
      await withRig(async (rig) => {
        const { browser, page } = await inRunOf(rig, steps);
        await page.leave();
        const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket });
        back.socket.send(rerun());
        await back.untilText("a");
        assert.equal(rig.streamlit.arrivals.length, 1);
      });
    });

  test("joins it all the same if it only lost its connection", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRunOf(rig, [{ asks: TICK }, { begins: "2", of: ["f"] }]);
      await page.leave("cut");
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "same" });
      await back.untilText("a");
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });
});
