import type { Browser, BrowserContext, Page } from "playwright-core";

const DEADLINE_MS = 120_000;

/** A tab whose loads are timed, from the navigation's start to the frame that shows a text. */
export class TimedPage {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.setDefaultTimeout(DEADLINE_MS);
  }

  /** A browser of its own, with nothing in its cache. */
  static async open(browser: Browser, wanted: string): Promise<TimedPage> {
    const context = await browser.newContext({ viewport: { width: 700, height: 700 } });
    const page = await context.newPage();
    await page.addInitScript({ content: recorder(wanted) });
    return new TimedPage(context, page);
  }

  /** @returns milliseconds until the text was painted */
  async load(origin: string): Promise<number> {
    await this.page.goto(origin, { waitUntil: "commit" });
    return await this.#painted();
  }

  /** @returns milliseconds until the text was painted */
  async reload(): Promise<number> {
    await this.page.reload({ waitUntil: "commit" });
    return await this.#painted();
  }

  /** Waits until no run is under way. */
  async idle(): Promise<void> {
    await this.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').waitFor();
  }

  /** Clicks the app's button and waits until the page shows the text and rests. */
  async click(label: string, shown: string): Promise<void> {
    await this.page.getByRole("button", { name: label, exact: true }).click();
    await this.page.getByText(shown, { exact: true }).waitFor();
    await this.idle();
  }

  async untilCookie(name: string): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await this.#context.cookies()).some((cookie) => cookie.name === name)) {
      if (performance.now() > deadline) throw new Error(`The page never set the cookie ${name}.`);
      await this.page.waitForTimeout(50);
    }
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async #painted(): Promise<number> {
    const handle = await this.page.waitForFunction("window.paintedAt", undefined, { polling: 20 });
    return Number(await handle.jsonValue());
  }
}

/**
 * Notes when a text line first equals what is wanted: the frame after the mutation, counted from
 * the navigation's start.
 */
function recorder(wanted: string): string {
  return `{
    let found = false;
    const look = () => {
      if (found) return;
      for (const element of document.querySelectorAll('[data-testid="stText"]')) {
        if (element.textContent !== ${JSON.stringify(wanted)}) continue;
        found = true;
        requestAnimationFrame(() => { window.paintedAt = performance.now(); });
      }
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  }`;
}
