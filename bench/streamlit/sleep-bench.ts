import type { Browser, Page } from "playwright-core";
import { shuffled } from "../statistics.ts";
import { type Link, type Slowness, startLink } from "./link.ts";
import { type Pythons, Server, type Variant } from "./variants.ts";

/** How long the scripts sleep before their first element, in seconds. */
const SLEEPS = [0, 3, 10] as const;

const served = {
  plain: { name: "plain", title: "plain Streamlit", app: "sleeping.py", restored: "element 39" },
  gateway: {
    name: "gateway",
    title: "behind the gateway",
    app: "sleeping.py",
    gateway: [],
    restored: "element 39",
  },
} as const satisfies Record<string, Variant>;

/** Milliseconds from F5, a number for each round. */
export interface Painted {
  readonly first: number[];
  readonly all: number[];
}

export interface SleepResult {
  readonly slowness: Slowness;
  readonly sleep: number;
  readonly plain: Painted;
  readonly gateway: Painted;
}

export interface SleepPlan {
  /** Rounds at each sleep, in the order of `SLEEPS`; none for 0. */
  readonly rounds: readonly number[];
  readonly slowness: Slowness;
}

interface Contestant {
  readonly times: Painted;
  readonly server: Server;
  readonly link: Link;
  readonly page: Page;
}

/**
 * Reloads an app whose script sleeps, plain and behind the gateway. All take turns, so that all
 * sleeps see the same machine.
 */
export async function benchSleep(
  browser: Browser,
  pythons: Pythons,
  plans: readonly SleepPlan[],
  log: (line: string) => void,
): Promise<SleepResult[]> {
  const results: SleepResult[] = [];
  for (const { rounds, slowness } of plans) {
    const started: (SleepResult & { contestants: Contestant[]; rounds: number })[] = [];
    try {
      for (const [index, sleep] of SLEEPS.entries()) {
        if ((rounds[index] ?? 0) === 0) continue;
        const plain = await prepare(browser, pythons, served.plain, sleep, slowness);
        const gateway = await prepare(browser, pythons, served.gateway, sleep, slowness);
        const times = { slowness, sleep, plain: plain.times, gateway: gateway.times };
        started.push({ ...times, contestants: [plain, gateway], rounds: rounds[index] ?? 0 });
      }
      const most = Math.max(...rounds);
      log(`sleep: ${most} rounds at ${slowness.roundTrip} ms`);
      // The first reload of each fills caches, and is not counted.
      for (let round = -1; round < most; round++)
        for (const one of shuffled(started.filter((each) => round < each.rounds)))
          for (const { page, times } of shuffled(one.contestants)) await reload(page, times, round);
      for (const { slowness: link, sleep, plain, gateway } of started)
        results.push({ slowness: link, sleep, plain, gateway });
    } finally {
      for (const { page, link, server } of started.flatMap(({ contestants }) => contestants)) {
        await page.context().close();
        await link.close();
        await server.stop();
      }
    }
  }
  return results;
}

async function prepare(
  browser: Browser,
  pythons: Pythons,
  variant: Variant,
  sleep: number,
  slowness: Slowness,
): Promise<Contestant> {
  const server = await Server.start(variant, pythons, { BENCH_SLEEP: String(sleep) });
  const link = await startLink(server.port, slowness);
  const context = await browser.newContext({ viewport: { width: 700, height: 700 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.addInitScript({ content: RECORDER });
  await page.goto(link.origin);
  await page.getByText("element 39", { exact: true }).waitFor();
  await idle(page);
  return { times: { first: [], all: [] }, server, link, page };
}

async function reload(page: Page, times: Painted, round: number): Promise<void> {
  await page.reload({ waitUntil: "commit" });
  const handle = await page.waitForFunction("window.allAt && [window.firstAt, window.allAt]");
  const [first, all] = (await handle.jsonValue()) as [number, number];
  await idle(page);
  if (round < 0) return;
  times.first.push(first);
  times.all.push(all);
}

async function idle(page: Page): Promise<void> {
  await page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').waitFor();
}

/**
 * Notes the frames that show the first and all of the forty texts, counted from the navigation's
 * start.
 */
const RECORDER = `{
  let [first, all] = [false, false];
  const look = () => {
    const count = document.querySelectorAll('[data-testid="stText"]').length;
    if (!first && count > 0) {
      first = true;
      requestAnimationFrame(() => { window.firstAt = performance.now(); });
    }
    if (!all && count >= 40) {
      all = true;
      requestAnimationFrame(() => { window.allAt = performance.now(); });
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true });
}`;
