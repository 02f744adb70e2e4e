import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import type { StreamlitPage } from "../streamlit/streamlit-page.ts";

/** The sets of widgets in apps/widgets.py. */
export const SETS = ["free", "keyed", "form"];

/** Opens what can be opened there. @returns what Python then says about it */
export async function openContainers(page: Page): Promise<string> {
  const box = page.getByText("box", { exact: true });
  if ((await box.count()) === 0) return "{}";
  await box.click();
  await page.getByRole("tab", { name: "tab two" }).click();
  return "{'box': True, 'one': False, 'two': True}";
}

/** Changes every widget of a set in apps/widgets.py, as a visitor does. */
export async function changeAll(app: StreamlitPage, name: string): Promise<void> {
  const { page } = app;
  const textbox = (kind: string) =>
    page.getByRole("textbox", { name: `${name} ${kind}`, exact: true });
  const label = (kind: string) => page.getByText(`${name} ${kind}`, { exact: true });
  const group = (kind: string) =>
    page.locator(`[data-testid^="st"]:has(> label:has-text("${name} ${kind}"))`).last();

  // A run that ends in the middle of a click may move what is clicked on.
  await app.idle();
  await textbox("text").fill("Ada");
  await textbox("text").press("Enter");
  await textbox("area").fill("two\nlines");
  await textbox("area").press("Control+Enter");
  const number = page.getByRole("spinbutton", { name: `${name} number` });
  await number.fill("42");
  await number.press("Enter");
  for (const kind of ["slider", "range", "choice"])
    await group(kind).getByRole("slider").last().press("ArrowRight");
  for (const kind of ["select", "multi"]) {
    const box = group(kind).getByRole("combobox");
    await box.click();
    await box.fill("blue");
    await box.press("Enter");
    await box.press("Escape");
  }
  await app.idle();
  // What was open above may close under the first click, and then nothing is there any more where
  // it is let go.
  const green = group("radio").locator("input").nth(1);
  await until("the radio has its mark", async () => {
    if (await green.isChecked()) return true;
    await group("radio").getByText("green", { exact: true }).click();
    return false;
  });
  await label("check").click();
  await label("toggle").click();
  await app.idle();
  for (const kind of ["pills", "segments"])
    await group(kind).getByText("green", { exact: true }).click();
  const thumbs = page.getByTestId("stIconMaterial").getByText("thumb_up", { exact: true });
  await thumbs.nth(SETS.indexOf(name)).click();
  await app.idle();
  await group("colour").locator("[aria-haspopup]").click();
  const hex = page.getByTestId("stColorPickerPopover").locator("input").first();
  await hex.fill("#00ff00");
  await hex.press("Escape");
  await hex.waitFor({ state: "detached" });
  await app.idle();
  const hour = group("time").getByRole("spinbutton", { name: /^hour/ });
  if ((await hour.count()) > 0) {
    await hour.press("ArrowUp");
    await hour.press("Enter");
  } else {
    const time = group("time").getByRole("combobox");
    await time.click();
    await time.fill("09:30");
    await time.press("Enter");
  }
  await app.idle();
  // One field for the whole date, or one for each of its parts, as the version has it.
  const day = group("date").getByRole("spinbutton", { name: /^day/ });
  if ((await day.count()) > 0) {
    await day.press("ArrowUp");
    await page.keyboard.press("Escape");
    await group("date").getByText(`${name} date`).click();
    await page.keyboard.press("Escape");
  } else {
    const date = group("date").locator("input");
    await date.fill("2026/01/02");
    await date.press("Enter");
    await date.press("Escape");
  }
}

/**
 * What a visitor sees in the widgets: a line for each input, slider and choice, in the page's
 * order.
 */
export async function appearance(page: Page): Promise<string[]> {
  return await page.evaluate(`[...document.querySelectorAll(
    'input, textarea, [role=slider], [role=combobox], [role=spinbutton], [data-baseweb=tag], [data-testid^=stBaseButton-pills],' +
    '[role=radio], [role=tab], summary, [data-testid=stColorPickerBlock]'
  )].map((part) => [
    part.tagName, part.type, part.getAttribute("aria-label"), part.value, part.checked,
    part.getAttribute("aria-valuenow"), part.getAttribute("aria-checked"), part.getAttribute("aria-selected"),
    part.closest("details")?.open, part.getAttribute("data-testid"),
    part.matches("button, [data-testid=stColorPickerBlock]") ? getComputedStyle(part).backgroundColor : "",
    part.closest("[data-testid=stSelectbox]")?.innerText,
    part.matches("[data-baseweb=tag], button") ? part.innerText : "",
  ].join("|"))`);
}
