import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { useStage } from "./stage.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

const APP = { app: "test/streamlit/apps/everything.py" };

/** In the page: the kinds of its elements, their texts, and the values of inputs. */
const PICTURE = `[...document.querySelectorAll('[data-testid="stElementContainer"]')].map((element) => {
  const values = [...element.querySelectorAll("input, textarea")].map((input) =>
    ["checkbox", "radio"].includes(input.type) ? String(input.checked) : input.value,
  );
  const kind = element.querySelector("[data-testid]")?.getAttribute("data-testid") ?? "";
  const text = element.innerText.replaceAll(/\\s+/g, " ");
  return (kind + ": " + text + " " + values.join("|")).trim();
})`;

async function picture(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(PICTURE);
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
  await page.getByRole("combobox", { name: "Select", exact: true }).click();
  await page.getByRole("option", { name: "s3" }).click();
  await app.untilShown({ select: "s3" });
  await page.getByRole("slider", { name: "Slider" }).press("ArrowRight");
  await app.untilShown({ slider: "4" });
  await app.idle();
}

/** The app is shown, and its script still sleeps. */
async function untilStale(app: StreamlitPage): Promise<void> {
  await app.page.getByText("end: yes").waitFor();
  assert.equal(
    await app.page.locator('[data-testid="stApp"]').getAttribute("data-test-script-state"),
    "running",
  );
}

describe("a script that takes a while", () => {
  const stage = useStage({ ...APP, env: { PAUSE: "2" } });

  test("promise 12 (At once): a reloaded page shows all that it showed, with the values of its widgets, before the script has run", async () => {
    const app = await (await stage.newVisitor()).openTab();
    await change(app);
    const before = await picture(app.page);
    assert.ok(before.length >= 40, `there are ${before.length} elements`);
    await app.page.reload();
    await untilStale(app);
    await until("the inputs have their values", async () => {
      const now = await picture(app.page);
      return JSON.stringify(now) === JSON.stringify(before);
    }).catch(async () => assert.deepEqual(await picture(app.page), before));
    assert.equal(
      await app.page.locator('[data-testid="stApp"]').getAttribute("data-test-script-state"),
      "running",
    );
    await app.idle();
    const runs = Number(before.find((one) => one.includes("runs: "))?.split("runs: ")[1]);
    const after = (await picture(app.page)).map((one) => one.replace(/(runs|fragment): \d+/, "$1"));
    assert.equal((await app.shown())["runs"], String(runs + 1));
    assert.deepEqual(
      after,
      before.map((one) => one.replace(/(runs|fragment): \d+/, "$1")),
    );
  });

  test("a click, a double click, typing and a form count once each while the page is stale", async () => {
    const app = await (await stage.newVisitor()).openTab();
    await app.page.reload();
    await untilStale(app);
    await app.click("click");
    await app.untilShown({ clicks: "1" });
    await app.idle();
    await app.page.reload();
    await untilStale(app);
    await app.button("click").dblclick();
    await app.untilShown({ clicks: "3" });
    await app.idle();
    await app.page.reload();
    await untilStale(app);
    await app.type("Text", "while stale");
    await app.untilShown({ input: "while stale" });
    await app.idle();
    assert.equal(await app.inputValue("Text"), "while stale");
    await app.page.reload();
    await untilStale(app);
    await app.page.getByRole("textbox", { name: "Field" }).fill("x");
    await app.click("Send");
    await app.untilShown({ sent: "1" });
    await app.idle();
    assert.equal((await app.shown())["sent"], "1");
    assert.equal((await app.shown())["clicks"], "3");
  });

  test("another page of the app comes back at once, too", async () => {
    const app = await (await stage.newVisitor()).openTab("second");
    await app.type("There", "typed");
    await app.idle();
    await app.page.reload();
    await app.page.getByText("Second").first().waitFor();
    assert.equal(
      await app.page.locator('[data-testid="stApp"]').getAttribute("data-test-script-state"),
      "running",
    );
    await app.idle();
    await app.untilInput("There", "typed");
  });

  test("nothing is shown of before with another query, on another page, in a second tab, in another browser, or in a duplicated tab", async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.page.goto(`${stage.gateway.origin}/?other=1`);
    await assertBlank(app.page);
    await app.idle();
    await app.page.goto(`${stage.gateway.origin}/second`);
    await assertBlank(app.page);
    await app.idle();
    const opening = visitor.context.waitForEvent("page");
    await app.page.evaluate("void window.open(location.href)");
    await assertBlank(await opening);
    const stranger = await (await stage.newVisitor()).context.newPage();
    await stranger.goto(stage.gateway.origin);
    await assertBlank(stranger);
  });

  test("nothing is shown of before once Streamlit has started anew", async () => {
    const app = await (await stage.newVisitor()).openTab();
    await stage.gateway.killStreamlit();
    await until("it is back", async () => await stage.gateway.isHealthy());
    await app.page.reload();
    await assertBlank(app.page);
  });
});

/** Of a run nothing is painted before its pause is over. */
async function assertBlank(page: Page): Promise<void> {
  await page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
  assert.equal(await page.getByText(/^(runs|end): /).count(), 0);
}

describe("--no-last-frame", () => {
  const stage = useStage({ ...APP, args: ["--no-last-frame"], env: { PAUSE: "1" } });

  test("shows nothing before the script has run", async () => {
    const app = await (await stage.newVisitor()).openTab();
    await app.page.reload();
    await assertBlank(app.page);
    await app.idle();
  });
});
