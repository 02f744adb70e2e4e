import { isDeepStrictEqual } from "node:util";
import type { BrowserContext, Page } from "playwright-core";
import { until } from "../support/until.ts";

/** What the page of an example shows of the visitor's state. */
export interface Shown {
  readonly title: string;
  readonly count: string;
  readonly notes: readonly string[];
  readonly name: string;
  readonly theme: string;
  readonly accent: string;
  /** Which of the buttons are pressed, so to say. */
  readonly checked: readonly string[];
  readonly times: number;
}

export const EMPTY: Shown = {
  title: "Try to lose this",
  count: "0",
  notes: [],
  name: "",
  theme: "auto",
  accent: "indigo",
  checked: ["auto", "indigo", "on"],
  times: 0,
};

/**
 * A tab that shows an example on a web framework, and what a visitor can do there, with JavaScript
 * and without.
 */
export class ExamplePage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(context: BrowserContext, url: string): Promise<ExamplePage> {
    const tab = new ExamplePage(await context.newPage());
    await tab.page.goto(url, { waitUntil: "networkidle" });
    return tab;
  }

  async press(selector: string): Promise<void> {
    await this.page.click(selector);
  }

  async addNote(text: string): Promise<void> {
    await this.page.fill("#note", text);
    await this.press("#add");
  }

  async deleteNote(text: string): Promise<void> {
    await this.press(`button[aria-label="Delete the note: ${text}"]`);
  }

  async changeSettings(change: { name: string; theme: string; accent: string; times: boolean }) {
    await this.page.fill("#name", change.name);
    for (const field of ["theme", "accent"] as const)
      await this.page.check(`[name=${field}][value=${change[field]}]`, { force: true });
    await this.page.setChecked("#times", change.times);
    await this.press("#save");
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: "networkidle" });
  }

  async shown(): Promise<Shown> {
    return await this.page.evaluate(SHOWN);
  }

  /** Waits until the page shows this. */
  async untilShown(expected: Partial<Shown>): Promise<void> {
    const names = Object.keys(expected) as (keyof Shown)[];
    let last: Shown | undefined;
    await until(`the page shows ${JSON.stringify(expected)}`, async () => {
      last = await this.shown().catch(() => undefined);
      return names.every((name) => isDeepStrictEqual(last?.[name], expected[name]));
    }).catch((error: unknown) => {
      throw new Error(`It shows ${JSON.stringify(last)}.`, { cause: error });
    });
  }
}

// As text, since this project's types know no document.
const SHOWN = `({
  title: document.querySelector("#title").textContent,
  count: document.querySelector("#count").textContent,
  notes: [...document.querySelectorAll(".note")].map((note) => note.textContent),
  name: document.querySelector("#name").value,
  theme: document.querySelector("[data-theme]").dataset.theme,
  accent: document.querySelector("[data-accent]").dataset.accent,
  checked: [...document.querySelectorAll("input:checked")].map((input) => input.value),
  times: document.querySelectorAll("li time").length,
})`;
