import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { EVERYTHING, reloadAsleep, sleep, sleepVisibly, wake } from "./everything.ts";
import { assertNothingElse, picture, recordPictures } from "./pictures.ts";
import { Relay } from "./relay.ts";
import { useStage } from "./stage.ts";
import { StreamlitPage } from "./streamlit-page.ts";
import { testSince } from "./test-since.ts";

beforeEach(wake);
after(wake);

/** Inputs get their values a moment after they are there. */
async function untilPictured(page: Page, expected: readonly string[]): Promise<void> {
  await until("the inputs have their values", async () => {
    return JSON.stringify(await picture(page)) === JSON.stringify(expected);
  }).catch(async () => assert.deepEqual(await picture(page), expected));
}

/** Gives each kind of widget another value than its default. */
async function change(app: StreamlitPage): Promise<void> {
  const { page } = app;
  await app.type("Text", "typed");
  await app.untilShown({ input: "typed" });
  await page.getByRole("textbox", { name: "Area", exact: true }).fill("written");
  await page.getByRole("textbox", { name: "Area", exact: true }).press("Control+Enter");
  await app.untilShown({ area: "written" });
  await page.getByRole("spinbutton", { name: "Number" }).fill("7");
  await page.getByRole("spinbutton", { name: "Number" }).press("Enter");
  await app.untilShown({ number: "7" });
  await page.getByText("Check", { exact: true }).click();
  await app.untilShown({ check: "True" });
  await page.getByText("Toggle", { exact: true }).click();
  await app.untilShown({ toggle: "True" });
  await page.getByText("r2", { exact: true }).click();
  await app.untilShown({ radio: "r2" });
  await app.choose("Select", "s3");
  await app.untilShown({ select: "s3" });
  await page.getByRole("slider", { name: "Slider" }).press("ArrowRight");
  await app.untilShown({ slider: "4" });
  await app.idle();
}

describe("a script that takes a while", () => {
  const stage = useStage(EVERYTHING);

  test("promise 12 (At once): a reloaded page shows all that it showed, with the values of its widgets, before the script has run", async () => {
    const app = await (await stage.newVisitor()).openTab();
    await change(app);
    await recordPictures(app.page);
    const before = await reloadAsleep(app);
    assert.ok(before.length >= 40, `there are ${before.length} elements`);
    await untilPictured(app.page, before);
    assert.equal(
      await app.page.locator('[data-testid="stApp"]').getAttribute("data-test-script-state"),
      "running",
    );
    wake();
    await app.idle();
    const counted = (line: string): string => line.replace(/(runs|fragment): \d+/, "$1");
    const pictures = await assertNothingElse(
      app.page,
      before,
      (was, is) => counted(was) === counted(is),
    );
    assert.ok(pictures > 1, "the page was recorded");
    const runs = Number(before.find((one) => one.includes("runs: "))?.split("runs: ")[1]);
    const after = (await picture(app.page)).map(counted);
    assert.equal((await app.shown())["runs"], String(runs + 1));
    assert.deepEqual(after, before.map(counted));
    const again = await reloadAsleep(app);
    await untilPictured(app.page, again);
  });

  // Tornado gives up a page that answers none of its pings for three seconds.
  testSince(58)(
    "a run that does not know yet what was changed in the stale page takes nothing of it back",
    async (t) => {
      const relay = new Relay(await freePort(), stage.gateway.port);
      await relay.open();
      t.after(() => relay.close());
      const { context } = await stage.newVisitor();
      const app = await StreamlitPage.open(context, `http://localhost:${relay.port}`);
      const { page } = app;
      await reloadAsleep(app);
      const { runs = "" } = await app.shown();
      relay.hold();
      await app.type("Text", "typed");
      await page.getByText("Check", { exact: true }).click();
      await page.getByText("r2", { exact: true }).click();
      wake();
      await app.untilShown({ runs: String(Number(runs) + 1), end: "yes" });
      relay.release();
      await app.untilShown({ input: "typed", check: "True", radio: "r2" });
      await app.idle();
      assert.equal(await app.inputValue("Text"), "typed");
      assert.equal(await page.getByRole("checkbox", { name: "Check" }).isChecked(), true);
      assert.equal(await page.getByRole("radio", { name: "r2" }).isChecked(), true);
    },
  );

  test("a click, a double click, typing and a form count once each while the page is stale", async () => {
    // A page with a chat input scrolls to its end by itself, away from under the mouse. This one
    // has nothing to scroll.
    const viewport = { width: 700, height: 4000 };
    const app = await (await stage.newVisitor({ viewport })).openTab();
    await reloadAsleep(app);
    await app.click("click");
    wake();
    await app.untilShown({ clicks: "1" });
    await app.idle();
    await reloadAsleep(app);
    await app.button("click").dblclick();
    wake();
    await until("both clicks have come", async () => Number((await app.shown())["clicks"]) > 1);
    await app.idle();
    // Streamlit makes one run of two requests if the first one still waits when the second one
    // comes.
    const { clicks = "" } = await app.shown();
    assert.match(clicks, /^[23]$/);
    await reloadAsleep(app);
    const text = app.page.getByRole("textbox", { name: "Text", exact: true });
    await text.fill("while stale");
    const { runs = "" } = await app.shown();
    wake();
    await app.untilShown({ runs: String(Number(runs) + 1) });
    await app.idle();
    assert.equal(await text.inputValue(), "while stale", "the run takes no text away");
    await text.press("Enter");
    await app.untilShown({ input: "while stale" });
    await app.idle();
    assert.equal(await text.inputValue(), "while stale");
    await reloadAsleep(app);
    await app.page.getByRole("textbox", { name: "Field" }).fill("x");
    await app.click("Send");
    wake();
    await app.untilShown({ sent: "1" });
    await app.idle();
    assert.equal((await app.shown())["sent"], "1");
    assert.equal((await app.shown())["clicks"], clicks);
  });

  test("another page of the app comes back at once, too", async () => {
    const app = await (await stage.newVisitor()).openTab("second");
    await app.type("There", "typed");
    await app.untilShown({ runs: "2" });
    await app.idle();
    sleep();
    await app.page.reload();
    await app.page.getByRole("heading", { name: "Second" }).waitFor();
    assert.equal(
      await app.page.locator('[data-testid="stApp"]').getAttribute("data-test-script-state"),
      "running",
    );
    wake();
    await app.idle();
    await app.untilInput("There", "typed");
  });

  test("another page of the app comes back at once while its run has drawn nothing yet", async () => {
    const app = await (await stage.newVisitor()).openTab("second");
    sleep();
    await app.type("There", "typed");
    await app.page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
    await app.page.reload();
    await app.page.getByRole("heading", { name: "Second" }).waitFor();
    await app.untilInput("There", "typed");
    await app.untilShown({ runs: "1" });
    wake();
    await until("its run has drawn", async () => Number((await app.shown())["runs"]) > 1);
    await app.idle();
    await app.untilInput("There", "typed");
  });

  test("nothing from before is shown with another query, on another page, in a second tab, in another browser, or in a duplicated tab", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    sleepVisibly();
    await app.page.goto(`${stage.gateway.origin}/?other=1`);
    await assertBlank(app.page);
    wake();
    await app.idle();
    sleepVisibly();
    await app.page.goto(`${stage.gateway.origin}/second`);
    await assertBlank(app.page);
    wake();
    await app.idle();
    sleepVisibly();
    const opening = visitor.context.waitForEvent("page");
    await app.page.evaluate("void window.open(location.href)");
    await assertBlank(await opening);
    const stranger = await (await stage.newVisitor()).context.newPage();
    await stranger.goto(stage.gateway.origin);
    await assertBlank(stranger);
  });

  test("nothing from before is shown once Streamlit has started anew", async () => {
    const app = await (await stage.newVisitor()).openTab();
    await stage.gateway.killStreamlit();
    await until("it is back", async () => await stage.gateway.isHealthy());
    sleepVisibly();
    await app.page.reload();
    await assertBlank(app.page);
  });
});

/** Former content would be there before the run's first line. */
async function assertBlank(page: Page): Promise<void> {
  await page.getByText("begun: yes").waitFor();
  assert.equal(await page.getByText(/^(runs|end): /).count(), 0);
}

describe("--no-last-frame", () => {
  const stage = useStage({ ...EVERYTHING, args: ["--no-last-frame"] });

  test("shows nothing before the script has run", async () => {
    const app = await (await stage.newVisitor()).openTab();
    sleepVisibly();
    await app.page.reload();
    await assertBlank(app.page);
    wake();
    await app.idle();
  });
});
