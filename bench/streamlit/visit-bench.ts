import type { Browser } from "playwright-core";
import { shuffled } from "../statistics.ts";
import { type Slowness, startLink } from "./link.ts";
import { TimedPage } from "./page.ts";
import { type Pythons, Server, variants } from "./variants.ts";

export interface VisitResult {
  readonly slowness: Slowness;
  /** Milliseconds until a browser with an empty cache shows the app. */
  readonly direct: readonly number[];
  readonly gateway: readonly number[];
}

/**
 * First visits, with nothing in the browser's cache, to Streamlit itself and through the gateway.
 */
export async function benchVisits(
  browser: Browser,
  pythons: Pythons,
  plan: { readonly slowness: Slowness; readonly rounds: number }[],
  log: (line: string) => void,
): Promise<VisitResult[]> {
  const direct = await Server.start(variants.plain, pythons);
  const gateway = await Server.start(variants.resume, pythons);
  const results: VisitResult[] = [];
  try {
    for (const { slowness, rounds } of plan) {
      const rate = (slowness.bitsPerSecond ?? Infinity) / 1e6;
      log(`first visit: ${rounds} rounds at ${slowness.roundTrip} ms, ${rate} Mbit/s`);
      const times = { direct: [] as number[], gateway: [] as number[] };
      const links = {
        direct: await startLink(direct.port, slowness),
        gateway: await startLink(gateway.port, slowness),
      };
      for (let round = -1; round < rounds; round++) {
        for (const which of shuffled(["direct", "gateway"] as const)) {
          const page = await TimedPage.open(browser, "count: 0");
          const time = await page.load(links[which].origin);
          await page.close();
          if (round >= 0) times[which].push(time);
        }
      }
      await links.direct.close();
      await links.gateway.close();
      results.push({ slowness, ...times });
    }
  } finally {
    await direct.stop();
    await gateway.stop();
  }
  return results;
}
