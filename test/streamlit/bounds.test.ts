import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "./stage.ts";
import { Stored } from "./stored.ts";

const stage = useStage({ app: "test/streamlit/apps/bounds.py" });
test("promise 9 (Bounds): a visitor who stores nothing costs the store nothing", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.untilShown({ there: "yes" });
  await using stored = new Stored(stage.gateway.stateDirectory);
  await fetch(stage.gateway.origin);
  assert.deepEqual(await stored.owners(), []);
});

test("promise 9 (Bounds): an attribute over the limit is an error on the page, and what was stored stays", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("small", "size", "5");
  await app.click("large");
  await app.page
    .getByText(/ERR_ATTRIBUTE_TOO_LARGE|at most/)
    .first()
    .waitFor();
  await app.page.reload();
  await app.idle();
  await app.clickUntil("look", "size", "5");
});
