import assert from "node:assert/strict";
import { isPersistError, restore } from "../../../src/index.ts";
import { gate } from "../../sessions/fixture.ts";
import { AppState } from "../app-state.ts";
import type { Behaviour } from "../behaviour.ts";
import { withApp } from "../fixture.ts";
import { until } from "../../support/until.ts";

export const isolation: Behaviour[] = [
  {
    name: "promise 4 (Merging): parallel requests of one session that push to one list all count",
    run: async (driver) => {
      let waiting = 0;
      const all = gate();
      await withApp(
        driver,
        {
          "/push": async ({ query }) => {
            const { list } = await restore(AppState);
            // No request goes on before all have come.
            if (++waiting === 5) all.open();
            await all.opened;
            list.push(query.get("item") ?? "");
            return { text: "pushed" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          await visitor.get("/add");
          const items = ["a", "b", "c", "d", "e"];
          await Promise.all(items.map(async (item) => await visitor.get(`/push?item=${item}`)));
          const { list } = JSON.parse((await visitor.get("/read")).text) as AppState;
          assert.deepEqual(new Set(list), new Set(items));
        },
      );
    },
  },
  {
    name: "promise 6 (Isolation): two browsers never see each other's state, also while both are at work",
    run: async (driver) =>
      await withApp(
        driver,
        {
          "/push": async ({ query }) => {
            const { list } = await restore(AppState);
            await new Promise(setImmediate);
            (await restore(AppState)).list.push(query.get("item") ?? "");
            return { json: list };
          },
        },
        async ({ browser }) => {
          const [ann, ben] = [browser(), browser()];
          for (let round = 1; round <= 3; round++) {
            const [a, b] = await Promise.all([ann.get("/push?item=a"), ben.get("/push?item=b")]);
            assert.deepEqual(JSON.parse(a.text), Array(round).fill("a"));
            assert.deepEqual(JSON.parse(b.text), Array(round).fill("b"));
          }
        },
      ),
  },
  {
    name: "promise 6 (Isolation): a state kept in a module variable throws ERR_FOREIGN_STATE in another session",
    run: async (driver) => {
      let kept: AppState | undefined;
      const left = gate();
      await withApp(
        driver,
        {
          "/keep": async () => {
            kept = await restore(AppState);
            kept.list.push("private");
            await left.opened;
            return { text: "kept" };
          },
          "/use": async () => {
            await restore(AppState);
            return { json: kept?.list };
          },
        },
        async ({ browser, caught }) => {
          const keeping = browser().get("/keep");
          await until("one keeps its state", () => kept !== undefined);
          const { status, text } = await browser().get("/use");
          left.open();
          await keeping;
          assert.equal(status, 500);
          assert.doesNotMatch(text, /private/);
          if (driver.catches) assert.ok(isPersistError(caught[0], "ERR_FOREIGN_STATE"));
        },
      );
    },
  },
  {
    name: "a state that is used after the response throws ERR_SCOPE_ENDED",
    run: async (driver) => {
      const sent = gate();
      let late: Promise<void> | undefined;
      await withApp(
        driver,
        {
          "/early": async () => {
            const state = await restore(AppState);
            state.count = 1;
            late = sent.opened.then(() => void (state.count = 2));
            late.catch(() => undefined);
            return { text: "sent" };
          },
        },
        async ({ browser }) => {
          const visitor = browser();
          await visitor.get("/early");
          sent.open();
          await assert.rejects(async () => await late, { code: "ERR_SCOPE_ENDED" });
          assert.match((await visitor.get("/read")).text, /"count":1/);
        },
      );
    },
  },
];
