import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../../support/until.ts";
import { lastClaims, withRig } from "../raw.ts";
import { inRun, listen, Page } from "./page.ts";
import { element, newSession, rerun } from "./run-messages.ts";

describe("a page that comes out of the back/forward cache", () => {
  test("joins its own run, also after its tab was given newer tickets that it never got", async () => {
    await withRig(async (rig) => {
      const { browser, page } = await inRun(rig);
      await page.leave();
      for (let times = 0; times < 3; times++) await browser.post("alive", page.ticket);
      const back = await Page.open(browser, { tab: page.tab, ticket: page.ticket, life: "back" });
      await back.untilText("a");
      assert.equal(rig.streamlit.arrivals.length, 1);
    });
  });

  for (const life of ["back", "past"] as const)
    test(`joins no run of a later page of its tab (${life === "back" ? "which went before it had its ticket" : "whose ticket it has found"})`, async () => {
      await withRig(async (rig) => {
        const { browser, page, socket } = await inRun(rig);
        await page.leave();
        const options = { tab: page.tab, ticket: page.ticket };
        const later = await Page.open(browser, options);
        later.socket.send(rerun());
        await later.untilText("a");
        await until("it has a ticket", () => later.tickets.length > 0);
        await later.leave();
        const ticket = life === "back" ? page.ticket : later.ticket;
        const back = await Page.open(browser, { tab: page.tab, ticket, life });
        await until("the run is stopped", () => socket.readyState === socket.CLOSED);
        await until("Streamlit has it", () => rig.streamlit.arrivals.length === 2);
        assert.equal(lastClaims(rig).p, "reconnect");
        await until("it is asked to run the script", () => back.asksForRun);
        assert.deepEqual(back.texts, []);
        // What the later page showed is not shown again at this one's address.
        const { last } = rig.streamlit;
        const said = listen(rig);
        back.socket.send(rerun());
        await until("the request has come", () => said.length === 1);
        await back.leave();
        const reloaded = await Page.open(browser, { tab: page.tab, ticket: back.ticket });
        await until("Streamlit has it", () => rig.streamlit.arrivals.length === 3);
        assert.equal(last.socket.readyState === last.socket.OPEN, false);
        reloaded.socket.send(rerun());
        const { socket: newest, session } = rig.streamlit.last;
        newest.send(newSession(session, "9"));
        newest.send(element([0, 0], "own"));
        await reloaded.untilText("own");
        if (life === "past") assert.deepEqual(reloaded.texts, ["own"]);
      });
    });
});
