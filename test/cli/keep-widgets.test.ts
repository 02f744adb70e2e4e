import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { allKept } from "../streamlit/kept.ts";
import { useStage } from "../streamlit/stage.ts";
import { until } from "../support/until.ts";
import { appearance, changeAll, SETS } from "./widgets.ts";

const CHANGED =
  "{'text': 'Ada', 'area': 'two\\nlines', 'number': 42, 'slider': 4, 'range': (2, 9), 'choice': 'green', " +
  "'select': 'blue', 'multi': ['blue'], 'radio': 'green', 'check': True, 'toggle': True, 'date': '2026-01-02', 'pills': 'green', " +
  "'segments': 'green', 'feedback': 1, 'time': '09:30:00', 'colour': '#00ff00'}";
const EXPECTED = Object.fromEntries(SETS.map((name) => [name, CHANGED]));

const stage = useStage({ app: "test/cli/apps/widgets.py", args: ["--keep"] });

for (const [where, path] of [
  ["the main script", "?plain=1"],
  ["another page of st.navigation", "two"],
] as const) {
  test(`--keep: every widget of ${where} shows and keeps its value after everything was killed`, async () => {
    const visitor = await stage.newVisitor({ viewport: { width: 700, height: 4000 } });
    const app = await visitor.openTab(path);
    for (const name of SETS) await changeAll(app, name);
    await app.click("send");
    await app.untilShown(EXPECTED);
    await app.idle();
    let before = await appearance(app.page);
    await until("the widgets look the same twice", async () => {
      const last = before;
      before = await appearance(app.page);
      return isDeepStrictEqual(last, before);
    });
    // What is changed last: as a page sends it, and of the set with keys also as the app sees it.
    // The form has been sent before, without it.
    await until("all is stored", async () => {
      const kept = await allKept(stage.gateway.stateDirectory, visitor.context);
      return (kept.match(/2026[-/]01[-/]02/g) ?? []).length > SETS.length;
    });
    const url = app.page.url();
    await app.page.goto("about:blank");
    await stage.gateway.killBoth();
    await stage.gateway.startAgain();
    await app.page.goto(url);
    await app.untilShown(EXPECTED);
    await app.idle();
    await until("the widgets look as before", async () =>
      isDeepStrictEqual(await appearance(app.page), before),
    ).catch(async () => assert.deepEqual(await appearance(app.page), before));
    await app.clickUntil("count", "number", "1");
    await app.untilShown(EXPECTED);
  });
}
