import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";

// Its run ends with the page, as in plain Streamlit.
const stage = useStage({ app: "test/streamlit/apps/slow.py", args: ["--run-for", "0"] });

test("a page that is reloaded in the middle of a run shows the whole of the next one", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  const problems: string[] = [];
  app.page.on("pageerror", ({ message }) => problems.push(message));
  for (let times = 0; times < 6; times++) {
    const before = Number((await app.shown())["run"]);
    await app.click("again");
    await app.page.getByText(`line ${5 + 5 * times} of ${before + 1}`).waitFor();
    await app.reload();
    await app.untilShown({ end: "yes" });
    assert.ok(Number((await app.shown())["run"]) > before + 1);
  }
  assert.deepEqual(problems, []);
});
