import type { Browser } from "playwright-core";
import { createSessions } from "persist-session";
import { shuffled } from "../statistics.ts";
import { CLICK } from "./cost-bench.ts";
import { TimedPage } from "./page.ts";
import { type Pythons, Server, type Variant, variants } from "./variants.ts";

/** What `--keep` costs, and what it gives. */
export interface KeepResult {
  /**
   * Milliseconds from a click that changes one key of ten, of 100 KB together, to the idle page.
   */
  readonly click: { readonly resume: readonly number[]; readonly keep: readonly number[] };
  /** Bytes of all that is stored of the tab, and of what one click wrote. */
  readonly stored: { readonly all: number; readonly click: number };
  /**
   * Milliseconds from a reload after a restart of Streamlit to the painted value: kept, or the
   * default.
   */
  readonly restart: { readonly plain: readonly number[]; readonly keep: readonly number[] };
}

export interface KeepPlan {
  readonly clicks: number;
  readonly restarts: number;
}

const RECORD = "st.session_state";
const app = "kept.py";
const plain: Variant = { ...variants.plain, app };
const resume: Variant = { ...variants.resume, app };
const keep: Variant = { ...variants.keep, app };

export async function benchKeep(
  browser: Browser,
  pythons: Pythons,
  plan: KeepPlan,
  log: (line: string) => void,
): Promise<KeepResult> {
  log(`keep: ${plan.clicks} clicks`);
  const { click, stored } = await clicks(browser, pythons, plan.clicks);
  log(`keep: ${plan.restarts} restarts`);
  return { click, stored, restart: await restarts(browser, pythons, plan.restarts) };
}

async function clicks(
  browser: Browser,
  pythons: Pythons,
  count: number,
): Promise<Pick<KeepResult, "click" | "stored">> {
  const contestants = await Promise.all(
    [resume, keep].map(async (variant) => {
      const server = await Server.start(variant, pythons);
      const page = await TimedPage.open(browser, "");
      return { variant, server, page };
    }),
  );
  const times = { resume: [] as number[], keep: [] as number[] };
  try {
    for (const { page, server } of contestants) {
      await page.page.goto(server.origin);
      await page.click("add", "count: 1");
    }
    for (let round = -1; round < count; round++) {
      for (const { variant, page } of shuffled(contestants)) {
        const time = await page.page.evaluate<number>(CLICK);
        // The next click comes when what this one changed is stored, as a person's would.
        await page.page.waitForTimeout(400);
        if (round >= 0) times[variant.name as "resume" | "keep"].push(time);
      }
    }
    const kept = contestants.find(({ variant }) => variant === keep);
    if (kept === undefined) throw new Error("Nothing was kept.");
    return { click: times, stored: await storedOf(kept.server.stateDirectory) };
  } finally {
    for (const { page, server } of contestants) {
      await page.close();
      await server.stop();
    }
  }
}

/** The bytes of the only tab's record, and of its newest version. */
async function storedOf(stateDir: string): Promise<KeepResult["stored"]> {
  const sessions = createSessions({ stateDir });
  try {
    for await (const { owner, states } of sessions.list()) {
      if (!states.includes(RECORD)) continue;
      const { record } = await sessions.engine.store.read(owner, RECORD);
      const attributes = [...(record?.attributes.values() ?? [])];
      const bytes = (list: typeof attributes): number =>
        list.reduce((sum, one) => sum + (one.bytes?.length ?? 0), 0);
      return {
        all: bytes(attributes),
        click: bytes(attributes.filter(({ version }) => version === record?.version)),
      };
    }
    throw new Error("Nothing was kept.");
  } finally {
    await sessions.close();
  }
}

async function restarts(
  browser: Browser,
  pythons: Pythons,
  count: number,
): Promise<KeepResult["restart"]> {
  const contestants = await Promise.all(
    ([plain, keep] as const).map(async (variant) => {
      const server = await Server.start(variant, pythons);
      return { variant, server, page: await TimedPage.open(browser, variant.restored) };
    }),
  );
  const times = { plain: [] as number[], keep: [] as number[] };
  try {
    for (const { page, server } of contestants) {
      await page.page.goto(server.origin);
      await page.click("add", "count: 1");
      await page.page.waitForTimeout(1500);
    }
    for (let round = -1; round < count; round++) {
      for (const { variant, page, server } of shuffled(contestants)) {
        await page.page.goto("about:blank");
        await server.restartStreamlit();
        // Another visitor was there before: what a process loads for its first run is no part of a
        // restore.
        const other = await TimedPage.open(browser, "count: 0");
        await other.load(server.origin);
        await other.close();
        const time = await page.load(server.origin);
        await page.idle();
        if (round >= 0) times[variant.name as "plain" | "keep"].push(time);
      }
    }
    return times;
  } finally {
    for (const { page, server } of contestants) {
      await page.close();
      await server.stop();
    }
  }
}
