import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { until } from "../support/until.ts";
import { EVERYTHING, reloadAsleep, sleep, wake } from "./everything.ts";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

const stage = useStage({ ...EVERYTHING, app: "test/streamlit/apps/events.py" });
beforeEach(wake);
after(wake);

const isRed = async ({ page }: StreamlitPage): Promise<boolean> =>
  (await page.evaluate<string>(COLOR)) === "rgb(255, 0, 0)";

const COLOR = `getComputedStyle(document.querySelector('[data-testid="stText"]') ?? document.body).color`;

async function open(): Promise<StreamlitPage> {
  const app = await (await stage.newVisitor()).openTab();
  await until("its style sheet holds", async () => await isRed(app));
  return app;
}

test("promise 12 (At once): a reloaded page has the app's style sheet before the script has run", async () => {
  const app = await open();
  const before = await reloadAsleep(app);
  await until("its style sheet holds", async () => await isRed(app));
  const { runs = "" } = await app.shown();
  assert.ok(before.includes(`stText: runs: ${runs}`), "the script has not run yet");
  wake();
  await app.idle();
  assert.equal(await isRed(app), true);
});

testSince(58)(
  "a page that joins a fragment's run has the style sheet, and its toasts",
  async () => {
    const app = await open();
    const errors: string[] = [];
    app.page.on("pageerror", (error) => errors.push(error.message));
    sleep();
    await app.click("work");
    await app.untilShown({ work: "begun" });
    await app.page.reload();
    await app.untilShown({ work: "begun", end: "yes" });
    await until("its style sheet holds", async () => await isRed(app));
    assert.equal(await app.page.getByText("Welcome").count(), 0);
    wake();
    await app.page.getByText("One toast").waitFor();
    await app.page.getByText("Another toast").waitFor();
    await app.untilShown({ work: "done", end: "yes", runs: "1" });
    await app.idle();
    assert.deepEqual(errors, []);
  },
);

testSince(58)(
  "a dialog stays open over a reload while its own run has drawn nothing yet",
  async () => {
    const app = await open();
    await app.click("ask");
    await app.untilShown({ asked: "yes" });
    await app.idle();
    sleep();
    await app.click("answer");
    await app.page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
    await app.page.reload();
    await app.page.getByRole("dialog").getByText("asked: yes").waitFor();
    wake();
    await app.page.getByRole("dialog").getByText("answer: yes").waitFor();
    await app.idle();
  },
);

test("a dialog from before a reload is not open after it, and the page has all its places", async () => {
  const app = await open();
  const errors: string[] = [];
  app.page.on("pageerror", (error) => errors.push(error.message));
  await app.click("ask");
  await app.untilShown({ asked: "yes" });
  await app.idle();
  await reloadAsleep(app);
  assert.equal(await app.page.getByRole("dialog").count(), 0);
  wake();
  await app.idle();
  assert.equal(await app.page.getByRole("dialog").count(), 0);
  await app.clickUntil("ask", "asked", "yes");
  assert.deepEqual(errors, []);
});
