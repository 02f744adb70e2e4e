import type { Browser, Page } from "playwright-core";
import { shuffled } from "../statistics.ts";
import { type Pythons, Server, variants } from "./variants.ts";

/** Times within Python, for one size of the state. */
export interface CostResult {
  readonly bytes: number;
  /** Microseconds of an assignment of a small attribute, and of the large one. */
  readonly small: Costs;
  readonly large: Costs;
  /**
   * Milliseconds from a click that changes the small attribute until the page shows it and is idle.
   */
  readonly run: Costs;
}

/** By variant, a number for each round. */
export type Costs = Readonly<Record<"ours" | "seed", readonly number[]>>;

export interface CostPlan {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Assignments in a round. */
  readonly assignments: number;
  readonly runs: number;
}

/** What changing the state costs the script: ours and the seed's file of a pickle. */
export async function benchCost(
  browser: Browser,
  pythons: Pythons,
  plan: CostPlan,
  log: (line: string) => void,
): Promise<CostResult[]> {
  const results: CostResult[] = [];
  for (const bytes of plan.sizes) {
    log(`assignments and runs at ${bytes} bytes`);
    results.push(await ofSize(browser, pythons, plan, bytes));
  }
  return results;
}

async function ofSize(
  browser: Browser,
  pythons: Pythons,
  plan: CostPlan,
  bytes: number,
): Promise<CostResult> {
  const servers: [name: "ours" | "seed", server: Server][] = [
    ["ours", await Server.start({ ...variants.persisted, app: "cost.py" }, pythons)],
  ];
  if (pythons.seed !== undefined)
    servers.push(["seed", await Server.start({ ...variants.seed, app: "cost.py" }, pythons)]);
  const empty = (): Record<"ours" | "seed", number[]> => ({ ours: [], seed: [] });
  const [small, large, run] = [empty(), empty(), empty()];
  try {
    const contestants = await Promise.all(
      servers.map(async ([name, { origin }]) => {
        // The seed's cookie comes from an iframe, so a browser is needed. The first load makes the
        // state.
        const page = await (await browser.newContext()).newPage();
        page.setDefaultTimeout(60_000);
        await loaded(page, `${origin}/?size=${bytes}`);
        return { name, origin, page };
      }),
    );
    for (let round = 0; round < plan.rounds; round++) {
      for (const { name, origin, page } of shuffled(contestants)) {
        await loaded(page, `${origin}/?size=${bytes}&rounds=${plan.assignments}`);
        small[name].push(...(await timesIn(page, "small")));
        large[name].push(...(await timesIn(page, "large")));
      }
    }
    for (const { origin, page } of contestants) await loaded(page, `${origin}/?size=${bytes}`);
    for (let at = -1; at < plan.runs; at++) {
      for (const { name, page } of shuffled(contestants)) {
        const time = await page.evaluate<number>(CLICK);
        if (at >= 0) run[name].push(time);
      }
    }
    for (const { page } of contestants) await page.context().close();
    return { bytes, small, large, run };
  } finally {
    for (const [, server] of servers) await server.stop();
  }
}

/** Opens the app and waits until it shows its last line and rests. */
async function loaded(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByText(/^count: /).waitFor();
  await page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').waitFor();
}

async function timesIn(page: Page, name: string): Promise<number[]> {
  const line = await page.getByText(new RegExp(`^${name}: `)).textContent();
  return (line ?? "")
    .slice(name.length + 2)
    .split(",")
    .map(Number);
}

/** Clicks within the page, and gives the time until the page shows the next count and rests. */
export const CLICK = `new Promise((resolve) => {
  const shown = () => [...document.querySelectorAll('[data-testid="stText"]')]
    .map(({ textContent }) => textContent).find((line) => line.startsWith("count: "));
  const before = shown();
  const started = performance.now();
  const look = () => {
    const app = document.querySelector('[data-testid="stApp"]');
    if (shown() === before || app.dataset.testScriptState !== "notRunning") return;
    observer.disconnect();
    resolve(performance.now() - started);
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  document.querySelector('[data-testid="stButton"] button').click();
})`;
