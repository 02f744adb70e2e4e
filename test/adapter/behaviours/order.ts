import assert from "node:assert/strict";
import { restore } from "../../../src/index.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import type { Sending } from "../browser.ts";
import type { Route, Routes } from "../driver.ts";
import { withApp } from "../fixture.ts";

/** What a handler answers after it has changed something. */
interface Case {
  readonly what: string;
  readonly status: number;
  readonly answer: Route;
  readonly sending?: Sending;
  readonly text?: string;
}

const cases: Case[] = [
  { what: "text", status: 200, answer: () => ({ text: "done" }), text: "done" },
  { what: "JSON", status: 200, answer: () => ({ json: { done: true } }), text: '{"done":true}' },
  { what: "a redirect", status: 302, answer: () => ({ redirect: "/read" }) },
  { what: "status 204", status: 204, answer: () => ({ status: 204 }), text: "" },
  {
    what: "the answer to HEAD",
    status: 200,
    answer: () => ({ text: "done" }),
    sending: { method: "HEAD" },
    text: "",
  },
  {
    what: "a body with a length, in one piece",
    status: 200,
    answer: () => ({ headers: { "content-length": "4" }, text: "done" }),
    text: "done",
  },
];

const changed: (answer: Route) => Route = (answer) => async (visit) => {
  (await restore(AppState)).count++;
  return await answer(visit);
};

export const order: Behaviour[] = [
  ...cases.map(({ what, status, answer, sending = {}, text }): Behaviour => {
    const routes: Routes = { "/change": changed(answer) };
    return {
      name: `promise 1 (Reload): the commit is done before ${what} arrives`,
      run: async (driver) =>
        await withApp(driver, routes, async ({ browser, store }) => {
          const visitor = browser();
          const events: string[] = [];
          const hold = store.hold();
          const onHeaders = () => events.push("headers");
          const reply = visitor.send("/change", { ...sending, onHeaders });
          await hold.reached;
          // A whole request comes and goes meanwhile; the answer would have had all the time to
          // arrive.
          await browser().get("/nothing");
          events.push("released");
          hold.release();
          const arrived = await reply;
          assert.deepEqual(events, ["released", "headers"]);
          assert.equal(arrived.status, status);
          if (text !== undefined) assert.equal(arrived.text, text);
          assert.equal(arrived.setCookies.length, 1);
          assert.match((await visitor.get("/read")).text, /"count":1/);
        }),
    };
  }),
  {
    name: "a handler that throws has its changes kept, and the commit is done before the failure arrives",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/throw": changed(() => {
            throw new Error("the handler's own");
          }),
        },
        async ({ browser, store, caught, reported }) => {
          const visitor = browser();
          await visitor.get("/add");
          const events: string[] = [];
          const hold = store.hold();
          const reply = visitor.get("/throw", { onHeaders: () => events.push("headers") });
          await hold.reached;
          await browser().get("/nothing");
          events.push("released");
          hold.release();
          const { status, text } = await reply;
          assert.deepEqual([status, events], [500, ["released", "headers"]]);
          if (driver.catches) {
            assert.equal(text, "the app is sorry: none");
            assert.deepEqual(
              caught.map((error) => (error as Error).message),
              ["the handler's own"],
            );
          }
          if (driver.name === "node:http") assert.equal(reported.length, 1);
          assert.doesNotMatch(text, /the handler's own/);
          assert.match((await visitor.get("/read")).text, /"count":2/);
        },
      ),
  },
];
