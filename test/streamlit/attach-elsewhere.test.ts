import assert from "node:assert/strict";
import { describe } from "node:test";
import { type Stage, useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

/** Older versions do not name their runs in each message; then runs end with their page. */
const test = testSince(58);

/** A page with values of its own, in a run that takes long. */
async function inRun(stage: Stage, path = "", label = "Name"): Promise<StreamlitPage> {
  const app = await (await stage.newVisitor()).openTab(path);
  await app.type(label, "Ada");
  await app.untilShown({ typed: "Ada" });
  await app.page.getByText("Check", { exact: true }).click();
  await app.untilShown({ check: "True" });
  await app.idle();
  await app.click("work");
  await app.page.getByText("line 3: ").waitFor();
  return app;
}

/** The values are in the page as well as in Python, and a click does not change that. */
async function untilKept(app: StreamlitPage, doc: string, label = "Name"): Promise<void> {
  await app.untilShown({ doc, typed: "Ada", check: "True", end: "yes" });
  await app.idle();
  await app.untilInput(label, "Ada");
  assert.equal(await app.page.getByRole("checkbox", { name: "Check" }).isChecked(), true);
  await app.clickUntil("click", "clicks", "1");
  await app.untilShown({ doc, typed: "Ada", check: "True" });
  assert.equal(await app.page.getByText("line 0: ").count(), 0);
}

for (const [kind, app] of [
  ["an app with navigation", "test/streamlit/apps/elsewhere.py"],
  ["a script of one page", "test/streamlit/apps/elsewhere_single.py"],
] as const)
  describe(`a page of ${kind} that asks for something else than the run under way`, () => {
    const stage = useStage({ app });

    test("has the values of its widgets with another query, and still after a click", async () => {
      const app = await inRun(stage);
      await app.page.goto(`${stage.gateway.origin}/?doc=2`);
      await untilKept(app, "2");
    });

    test("has them after the way back to the query before", async () => {
      const app = await inRun(stage);
      await app.page.goto(`${stage.gateway.origin}/?doc=2`);
      await app.untilShown({ doc: "2", end: "yes" });
      await app.idle();
      await app.click("work");
      await app.page.getByText("line 3: 2").waitFor();
      await app.page.goBack();
      await untilKept(app, "none");
    });

    test("has them after a link", async () => {
      const app = await inRun(stage);
      await app.page.evaluate("location.href = '?doc=3&more=yes'");
      await untilKept(app, "3");
    });
  });

describe("a page that is not the main one", () => {
  const stage = useStage({ app: "test/streamlit/apps/elsewhere.py" });

  test("has the values of its widgets with another query too", async () => {
    const app = await inRun(stage, "second", "Other");
    await app.page.goto(`${stage.gateway.origin}/second?doc=2`);
    await untilKept(app, "2", "Other");
  });
});
