import { test } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { editCell } from "../streamlit/edit-cell.ts";
import { useStage } from "../streamlit/stage.ts";

const stage = useStage({ app: "test/cli/apps/table.py" });

/** What the editor's cells say; it paints them, and keeps a table for screen readers. */
async function cells(page: Page): Promise<string> {
  const texts = await page.locator('[data-testid="stDataFrame"] [role=gridcell]').allTextContents();
  // Older versions count the row below, where one may add another.
  return texts.join(" ").trim();
}

/** Writes into a cell of the first column until the page shows it. */
async function write(page: Page, row: number, text: string): Promise<void> {
  const isShown = async (): Promise<boolean> => (await cells(page)).includes(text);
  await editCell(page, { row, across: 0.22 }, text, isShown);
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
