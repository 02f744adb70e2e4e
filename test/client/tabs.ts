import { strictEqual } from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { until } from "../support/until.ts";

/** The value of an item that makeApp's `/add` has added, as the page shows it. */
export const DAY = "86400000";

/** One browser whose tabs show the page of `makeApp`. */
interface Tabs {
  readonly context: BrowserContext;
  readonly open: () => Promise<Page>;
}

export async function tabsOf(
  browser: Browser,
  origin: () => string,
  prepare = async (_page: Page): Promise<void> => {},
): Promise<Tabs> {
  const context = await browser.newContext();
  return {
    context,
    open: async () => {
      const page = await context.newPage();
      await prepare(page);
      await page.goto(`${origin()}/`);
      return page;
    },
  };
}

export async function post(page: Page, path: string): Promise<void> {
  await page.evaluate(async (to) => void (await fetch(to, { method: "POST" })), path);
}

/** Changes something for the browser behind the page's back. */
export async function postElsewhere(page: Page, path: string): Promise<void> {
  const answer = await page.context().request.post(new URL(path, page.url()).href);
  strictEqual(answer.status(), 200);
}

export async function shows(page: Page, text: string): Promise<void> {
  await until(`the page shows ${text}`, async () => (await page.textContent("#cart")) === text);
}

export async function is(page: Page, status: string): Promise<void> {
  await until(`the page is ${status}`, async () => (await page.textContent("#status")) === status);
}

/** Ends the wait before the next attempt. */
export async function wake(...pages: Page[]): Promise<void> {
  for (const page of pages) await page.evaluate("dispatchEvent(new Event('online'))");
}
