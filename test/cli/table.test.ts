import { test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { useStage } from "../streamlit/stage.ts";

const stage = useStage({ app: "test/cli/apps/table.py" });
const ROW_HEIGHT = 35;

/** What the editor's cells say; it paints them, and keeps a table for screen readers. */
async function cells(page: Page): Promise<string> {
  const texts = await page.locator('[data-testid="stDataFrame"] [role=gridcell]').allTextContents();
  // Older versions count the row below, where one may add another.
  return texts.join(" ").trim();
}

/**
 * Writes into a cell of the first column until the page shows it: the editor hears keys only once
 * it has the focus.
 */
async function write(page: Page, row: number, text: string): Promise<void> {
  const canvas = page.locator('[data-testid="stDataFrame"] canvas').first();
  const field = page.locator("#portal textarea, #portal input");
  const shown = async () => (await cells(page)).includes(text);
  await until(`${text} is in the table`, async () => {
    const box = await canvas.boundingBox();
    if (box === null) return false;
    await page.keyboard.press("Escape");
    await page.mouse.click(box.x + 150, box.y + ROW_HEIGHT * (row + 0.5));
    await page.keyboard.press("Enter");
    try {
      await field.fill(text, { timeout: 2000 });
      // A key at a time, as a person: the field takes what was typed before over with the next one.
      await field.press("End", { delay: 50 });
      await field.press("Enter", { delay: 50 });
      await until("the cell shows it", shown, 2000);
      return true;
    } catch {
      return false;
    }
  });
}

test("an edited table shows and keeps its edits, from before and after, when the page is reloaded", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  const showsCells = async (text: string) =>
    await until(`the table shows ${text}`, async () => (await cells(app.page)) === text);
  await showsCells("Train 89 Hotel 240 Museum 18");
  await write(app.page, 2, "Hostel");
  await app.untilShown({ table: "Train 89, Hostel 240, Museum 18" });
  await app.idle();
  await app.reload();
  await app.untilShown({ table: "Train 89, Hostel 240, Museum 18" });
  await showsCells("Train 89 Hostel 240 Museum 18");
  await write(app.page, 1, "Bus");
  const both = {
    table: "Bus 89, Hostel 240, Museum 18",
    edits:
      "{'edited_rows': {1: {'what': 'Hostel'}, 0: {'what': 'Bus'}}, 'added_rows': [], 'deleted_rows': []}",
  };
  await app.untilShown(both);
  await app.idle();
  await app.reload();
  await app.untilShown(both);
  await showsCells("Bus 89 Hostel 240 Museum 18");
  await app.clickUntil("again", "again", "yes");
  await app.untilShown(both);
});
