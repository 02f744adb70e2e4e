import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { until } from "../support/until.ts";
import { useStage } from "../streamlit/stage.ts";
import { appearance, changeAll, openContainers, SETS } from "./widgets.ts";

const CHANGED =
  "{'text': 'Ada', 'area': 'two\\nlines', 'number': 42, 'slider': 4, 'range': (2, 9), 'choice': 'green', " +
  "'select': 'blue', 'multi': ['blue'], 'radio': 'green', 'check': True, 'toggle': True, 'date': '2026-01-02', 'pills': 'green', " +
  "'segments': 'green', 'feedback': 1, 'time': '09:30:00', 'colour': '#00ff00'}";
const EXPECTED = Object.fromEntries(SETS.map((name) => [name, CHANGED]));

describe("resume", () => {
  const stage = useStage({ app: "test/cli/apps/widgets.py" });

  for (const [where, path] of [
    ["the main script", "?plain=1"],
    ["the first page of st.navigation", ""],
    ["another page of st.navigation", "two"],
  ] as const) {
    test(`every widget of ${where} shows and keeps its value when the page is reloaded twice`, async () => {
      const visitor = await stage.newVisitor({ viewport: { width: 700, height: 4000 } });
      const app = await visitor.openTab(path);
      for (const name of SETS) await changeAll(app, name);
      await app.click("send");
      const expected = { ...EXPECTED, containers: await openContainers(app.page) };
      await app.untilShown(expected);
      await app.idle();
      let before = await appearance(app.page);
      await until("the widgets look the same twice", async () => {
        const last = before;
        before = await appearance(app.page);
        return isDeepStrictEqual(last, before);
      });
      for (const round of ["1", "2"]) {
        await app.reload();
        await app.untilShown(expected);
        // The lines may be painted a moment before the last of the widgets.
        await until("the widgets look as before", async () =>
          isDeepStrictEqual(await appearance(app.page), before),
        ).catch(async () => assert.deepEqual(await appearance(app.page), before));
        // What the page shows is what the next run hears of it.
        await app.clickUntil("count", "number", round);
        await app.untilShown(expected);
      }
    });
  }
});
