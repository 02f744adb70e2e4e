import assert from "node:assert/strict";
import { test } from "node:test";
import { useStage } from "../streamlit/stage.ts";
import type { StreamlitPage } from "../streamlit/streamlit-page.ts";

const stage = useStage({ app: "test/cli/apps/runs.py" });
const written = { first: "one", inner: "two", last: "three" };

async function write(app: StreamlitPage): Promise<void> {
  for (const [label, text] of Object.entries(written)) {
    await app.type(label, text);
    await app.untilShown({ [label]: text });
    await app.idle();
  }
}

async function assertKept(app: StreamlitPage): Promise<void> {
  await app.untilShown(written);
  for (const [label, text] of Object.entries(written))
    assert.equal(await app.inputValue(label), text);
}

test("widgets are kept when a click interrupts the first run after a reload", async () => {
  const app = await (await stage.newVisitor()).openTab("?how=slow");
  await write(app);
  await app.click("slow");
  await app.idle();
  await app.page.reload();
  // The first run has sent this button, and has not come to the other widgets yet.
  await app.click("early");
  await app.untilShown({ early: "True" });
  await app.idle();
  await assertKept(app);
});

test("widgets are kept when the first run after a reload asks for another", async () => {
  const app = await (await stage.newVisitor()).openTab("?how=rerun");
  await write(app);
  await app.reload();
  await assertKept(app);
  await app.clickUntil("early", "early", "True");
  await assertKept(app);
});

test("widgets are kept when the app stops before them, until they are shown again", async () => {
  const app = await (await stage.newVisitor()).openTab("?how=stop");
  const open = app.page.getByText("open", { exact: true });
  await open.click();
  await app.untilShown({ early: "False" });
  await app.idle();
  await write(app);
  await app.reload();
  await assertKept(app);
  await app.clickUntil("early", "early", "True");
  await assertKept(app);
});
