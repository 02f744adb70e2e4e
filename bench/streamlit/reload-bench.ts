import type { Browser } from "playwright-core";
import { shuffled } from "../statistics.ts";
import { type Link, type Slowness, startLink } from "./link.ts";
import { TimedPage } from "./page.ts";
import { type Pythons, Server, type Variant, variants } from "./variants.ts";

export interface ReloadResult {
  readonly slowness: Slowness;
  /**
   * Milliseconds from the reload to the restored value painted, by variant, a number for each
   * round.
   */
  readonly times: Readonly<Record<string, readonly number[]>>;
}

export interface ReloadPlan {
  readonly rounds: number;
  readonly slownesses: readonly Slowness[];
}

interface Contestant {
  readonly variant: Variant;
  readonly server: Server;
  readonly link: Link;
  readonly page: TimedPage;
}

/** Reloads the same small app, kept in four ways, in turns. */
export async function benchReload(
  browser: Browser,
  pythons: Pythons,
  plan: ReloadPlan,
  log: (line: string) => void,
): Promise<ReloadResult[]> {
  const results: ReloadResult[] = [];
  for (const slowness of plan.slownesses) {
    const contestants: Contestant[] = [];
    try {
      for (const variant of Object.values(variants) as Variant[]) {
        if (variant.seed === true && pythons.seed === undefined) continue;
        contestants.push(await prepare(browser, pythons, variant, slowness));
      }
      log(`reload: ${plan.rounds} rounds at ${slowness.roundTrip} ms`);
      results.push({ slowness, times: await takeTurns(contestants, plan.rounds) });
    } finally {
      for (const { page, link, server } of contestants) {
        await page.close();
        await link.close();
        await server.stop();
      }
    }
  }
  return results;
}

/** Opens the app and clicks once, so that there is something to restore. */
async function prepare(
  browser: Browser,
  pythons: Pythons,
  variant: Variant,
  slowness: Slowness,
): Promise<Contestant> {
  const server = await Server.start(variant, pythons);
  const link = await startLink(server.port, slowness);
  const page = await TimedPage.open(browser, variant.restored);
  await page.page.goto(link.origin);
  await page.page.getByText("count: 0", { exact: true }).waitFor();
  await page.idle();
  // The seed's cookie is set by an iframe, some time after the page is idle; a click before that
  // can lose it for good.
  if (variant.seed === true) await page.untilCookie("app-state");
  await page.click("add", "count: 1");
  return { variant, server, link, page };
}

async function takeTurns(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(
    contestants.map(({ variant }) => [variant.name, []]),
  );
  // The first reload of each fills caches, and is not counted.
  for (let round = -1; round < rounds; round++) {
    for (const { variant, page } of shuffled(contestants)) {
      const time = await page.reload().catch((error: unknown) => {
        throw new Error(`After a reload, ${variant.title} never showed "${variant.restored}".`, {
          cause: error,
        });
      });
      await page.idle();
      if (round >= 0) times[variant.name]?.push(time);
    }
  }
  return times;
}
