import assert from "node:assert/strict";
import type { BrowserContext } from "playwright-core";
import { startChromium } from "../browser/chromium.ts";
import { StreamlitPage } from "../streamlit/streamlit-page.ts";
import type { RunningProgram } from "./running-program.ts";

/** What a reader would do with the Streamlit apps of the documents. */
export const streamlitDrivers: Record<string, (program: RunningProgram) => Promise<void>> = {
  "streamlit-first": inBrowser(async (program, context) => {
    const app = await StreamlitPage.open(context, await program.origin());
    await app.clickUntil("Count", "count", "1");
    await app.page.getByRole("textbox", { name: "Note" }).fill("tea");
    await app.click("Add");
    await app.untilShown({ notes: "['tea']" });
    await app.idle();
    await program.restart();
    const again = await StreamlitPage.open(context, await program.origin());
    await again.untilShown({ count: "1", notes: "['tea']" });
  }),

  "streamlit-short": inBrowser(async (program, context) => {
    const app = await StreamlitPage.open(context, await program.origin());
    await app.clickUntil("Count", "count", "1");
    await app.reload();
    await app.untilShown({ count: "1" });
  }),

  "streamlit-seed": inBrowser(async (program, context) => {
    const app = await StreamlitPage.open(context, await program.origin());
    await app.clickUntil("Count", "count", "1");
    await app.reload();
    await app.untilShown({ count: "1" });
    await app.clickUntil("Clear", "count", "0");
    await app.reload();
    await app.untilShown({ count: "0" });
  }),

  "streamlit-keep": inBrowser(async (program, context) => {
    const app = await StreamlitPage.open(context, await program.origin());
    await app.clickUntil("Count", "count", "1");
    await app.reload();
    await app.untilShown({ count: "1" });
  }),

  "streamlit-user": inBrowser(async (program, context) => {
    const app = await StreamlitPage.open(context, await program.origin());
    await app.untilShown({ "signed in": "no" });
    assert.equal(await app.error(), undefined);
  }),
};

function inBrowser(
  drive: (program: RunningProgram, context: BrowserContext) => Promise<void>,
): (program: RunningProgram) => Promise<void> {
  return async (program) => {
    const browser = await startChromium();
    try {
      await drive(program, await browser.newContext());
    } finally {
      await browser.close();
    }
  };
}
