import type { Page } from "playwright-core";
import { until } from "../support/until.ts";

/** Cells are painted on a canvas, in rows of 35 pixels. */
const ROW_HEIGHT = 35;
/** The milliseconds that an attempt has to show its effect. */
const ANSWER = 5000;

/**
 * Writes into a cell of the page's first table until the page shows it: the editor hears keys only
 * once it has the focus, and what is typed before may go to another widget.
 *
 * @param cell - its row, the first one is 1; and where it is in the table's width, from 0 to 1
 */
export async function editCell(
  page: Page,
  cell: { readonly row: number; readonly across: number },
  text: string,
  isShown: () => Promise<boolean>,
): Promise<void> {
  const canvas = page.locator('[data-testid="stDataFrame"] canvas').first();
  const field = page.locator("#portal textarea, #portal input");
  await until(`${text} is in the table`, async () => {
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    if (box === null) return false;
    // A click on a cell that is chosen already would open it.
    await page.keyboard.press("Escape");
    await page.mouse.click(box.x + box.width * cell.across, box.y + ROW_HEIGHT * (cell.row + 0.5));
    await page.keyboard.press("Enter");
    try {
      await field.fill(text, { timeout: 2000 });
      // A key at a time, as a person: the field takes what was typed before over with the next one.
      await field.press("End", { delay: 50, timeout: 2000 });
      await field.press("Enter", { delay: 50, timeout: 2000 });
      await until("the page shows it", isShown, ANSWER);
      return true;
    } catch {
      return false;
    }
  });
}
