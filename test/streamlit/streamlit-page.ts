import type { BrowserContext, Locator, Page } from "playwright-core";
import { until } from "../support/until.ts";

/**
 * A tab with a Streamlit app, and what a visitor can do there. The apps of these tests print
 * `name: value` lines.
 */
export class StreamlitPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the app in a new tab and waits until its first run has ended. */
  static async open(context: BrowserContext, url: string): Promise<StreamlitPage> {
    const app = new StreamlitPage(await context.newPage());
    await app.page.goto(url);
    await app.idle();
    return app;
  }

  /** Waits until the page is connected and shows the end of a run. */
  async idle(): Promise<void> {
    await this.page
      .locator(
        '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]',
      )
      .waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.idle();
  }

  /** A button by its label. Older versions of Streamlit put the name of its icon in front. */
  button(label: string): Locator {
    return this.page.getByRole("button", { name: new RegExp(`^([a-z_]+ )?${label}$`) });
  }

  async click(label: string): Promise<void> {
    await this.button(label).click();
  }

  /** Clicks and waits until the page shows this and is idle. */
  async clickUntil(label: string, name: string, value: string): Promise<void> {
    await this.click(label);
    await this.untilShown({ [name]: value });
    await this.idle();
  }

  /** Writes into a text input and leaves it, as Enter does. */
  async type(label: string, text: string): Promise<void> {
    const input = this.page.getByRole("textbox", { name: label, exact: true });
    await input.fill(text);
    await input.press("Enter");
  }

  /** Chooses an option of a select box. A run that ends meanwhile may close its list again. */
  async choose(label: string, option: string): Promise<void> {
    await until(`"${option}" is chosen`, async () => {
      await this.page.getByRole("combobox", { name: new RegExp(`\\b${label}$`) }).click();
      const wanted = this.page.getByRole("option", { name: option, exact: true });
      return await wanted.click({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
  }

  async inputValue(label: string): Promise<string> {
    return await this.page.getByRole("textbox", { name: label, exact: true }).inputValue();
  }

  /**
   * Waits until a text input shows the text: it is told about its value a moment after it is there.
   */
  async untilInput(label: string, text: string): Promise<void> {
    await until(`the input "${label}" shows "${text}"`, async () => {
      return (await this.inputValue(label)) === text;
    });
  }

  /** The `name: value` lines that the page shows, by name. Of two with one name the last counts. */
  async shown(): Promise<Readonly<Record<string, string>>> {
    const lines = await this.page.locator('[data-testid="stText"]').allTextContents();
    return Object.fromEntries(
      lines.map((line) => {
        const [name = "", ...rest] = line.split(": ");
        return [name, rest.join(": ")] as const;
      }),
    );
  }

  /**
   * Waits until the page shows these values. @param within - in milliseconds, if less than usual
   */
  async untilShown(expected: Readonly<Record<string, string>>, within?: number): Promise<void> {
    let last: Readonly<Record<string, string>> | undefined;
    try {
      const shows = async (): Promise<boolean> => {
        last = await this.shown().catch(() => last);
        return Object.entries(expected).every(([name, value]) => last?.[name] === value);
      };
      await until(`the page shows ${JSON.stringify(expected)}`, shows, within);
    } catch (error) {
      const found = JSON.stringify(last);
      throw new Error(`${(error as Error).message} It shows ${found}.`, { cause: error });
    }
  }

  /** The text of the error that the run ended with; undefined if it shows none. */
  async error(): Promise<string | undefined> {
    const box = this.page.locator('[data-testid="stException"]');
    return (await box.count()) === 0 ? undefined : ((await box.first().textContent()) ?? "");
  }
}
