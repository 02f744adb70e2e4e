import { isDeepStrictEqual } from "node:util";
import type { BrowserContext, Page } from "playwright-core";
import { until } from "../support/until.ts";

/** What the page shows of the visitor's state. */
export interface Shown {
  readonly count: string;
  readonly notes: readonly string[];
  readonly pad: string;
  readonly name: string;
  readonly theme: string;
  readonly accent: string;
  readonly times: boolean;
}

export const EMPTY: Shown = {
  count: "0",
  notes: [],
  pad: "",
  name: "",
  theme: "auto",
  accent: "indigo",
  times: true,
};

/** A tab that shows the example, and what a visitor can do there. */
export class AppPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the example in a new tab. */
  static async open(context: BrowserContext, origin: string): Promise<AppPage> {
    const app = new AppPage(await context.newPage());
    await app.page.goto(`${origin}/`);
    return app;
  }

  async count(times = 1): Promise<void> {
    for (let at = 0; at < times; at++) await this.#press("#more");
  }

  async addNote(text: string): Promise<void> {
    await this.page.fill("#note", text);
    await this.#press("#add");
  }

  async deleteNote(text: string): Promise<void> {
    await this.#press(`button[aria-label="Delete the note: ${text}"]`);
  }

  async changeSettings(change: Partial<Pick<Shown, "name" | "theme" | "accent" | "times">>) {
    const { name, theme, accent, times } = change;
    if (name !== undefined) await this.page.fill("#name", name);
    if (theme !== undefined) await this.page.check(`[name=theme][value=${theme}]`);
    if (accent !== undefined) await this.page.selectOption("#accent", accent);
    if (times !== undefined) await this.page.setChecked("#times", times);
    await this.#press("#save");
  }

  async clear(): Promise<void> {
    await this.#press("#clear");
  }

  /** Types into the live pad, one key after the other, and gives the page no time to save. */
  async type(text: string): Promise<void> {
    await this.page.locator("#pad").pressSequentially(text);
  }

  /** Writes the pad as its form does without a script. */
  async writePad(text: string): Promise<void> {
    await this.page.fill("#pad", text);
    await this.#press("noscript button");
  }

  /** Waits until the page says that what was typed is stored. */
  async untilSaved(): Promise<void> {
    await this.page.locator("#saved").getByText("Saved", { exact: true }).waitFor();
  }

  async untilConnection(state: "online" | "offline"): Promise<void> {
    await this.page.locator(`html[data-connection=${state}]`).waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** The process that the page names. */
  async pid(): Promise<number> {
    return Number(await this.page.textContent("#pid"));
  }

  async shown(): Promise<Shown> {
    return await this.page.evaluate(SHOWN);
  }

  /** Waits until the page shows this. */
  async untilShown(expected: Partial<Shown>): Promise<void> {
    const names = Object.keys(expected) as (keyof Shown)[];
    // Not waitForFunction: its look at the page would need what the page's own policy forbids.
    await until(`the page shows ${JSON.stringify(expected)}`, async () => {
      const shown = await this.shown().catch(() => undefined);
      return names.every((name) => isDeepStrictEqual(shown?.[name], expected[name]));
    });
  }

  /** Waits until a reload shows this within the pad. */
  async untilStored(text: string): Promise<void> {
    await until(`the pad holds "${text}"`, async () => {
      await this.reload();
      return (await this.shown()).pad.includes(text);
    });
  }

  /** Presses a button of a form and waits for the page that the server answers with. */
  async #press(selector: string): Promise<void> {
    const loaded = this.page.waitForEvent("load");
    await this.page.click(selector, { noWaitAfter: true });
    await loaded;
  }
}

// As text, since this project's types know no document.
const SHOWN = `({
  count: document.querySelector("#count").textContent,
  notes: [...document.querySelectorAll(".note")].map((note) => note.textContent),
  pad: document.querySelector("#pad").value,
  name: document.querySelector("#name").value,
  theme: document.documentElement.dataset.theme,
  accent: document.documentElement.dataset.accent,
  times: document.querySelector("#times").checked,
})`;
