import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { shuffled } from "../statistics.ts";
import { startLink } from "./link.ts";
import { RawSession } from "./raw-session.ts";
import { type Pythons, Server, type Variant, variants } from "./variants.ts";

/** What the way through the gateway costs against the direct one. */
export interface WayResult {
  /** Milliseconds of a WebSocket ping to Streamlit and back, and of a whole script run. */
  readonly ping: Both;
  readonly run: Both;
  /** The same with an emulated latency of 100 ms. */
  readonly slowRun: Both;
  /** Milliseconds until the app shows a file of 200 MB. */
  readonly upload: Both;
  /** Bytes of memory for each open page. */
  readonly memory: { readonly direct: number; readonly behind: number; readonly gateway: number };
}

export interface Both {
  readonly direct: readonly number[];
  readonly gateway: readonly number[];
}

export interface WayPlan {
  readonly pings: number;
  readonly runs: number;
  readonly slowRuns: number;
  readonly uploads: number;
  readonly uploadBytes: number;
  readonly pages: number;
}

const upload = { ...variants.plain, app: "upload.py" };
const uploadBehind = { ...variants.resume, app: "upload.py" };

export async function benchWay(
  browser: Browser,
  pythons: Pythons,
  plan: WayPlan,
  log: (line: string) => void,
): Promise<WayResult> {
  const [direct, gateway] = await startBoth(variants.plain, variants.resume, pythons);
  try {
    log(`WebSocket round trips: ${plan.pings} pings, ${plan.runs} runs`);
    const sessions = {
      direct: await RawSession.open(direct.origin),
      gateway: await RawSession.open(gateway.origin),
    };
    const ping = await inTurns(plan.pings, async (which) => await sessions[which].ping());
    const run = await inTurns(plan.runs, async (which) => (await sessions[which].run()).ms);
    for (const session of Object.values(sessions)) session.close();
    const slowRun = await overSlowLink(direct, gateway, plan.slowRuns);
    log(`memory of ${plan.pages} open pages`);
    const memory = await memoryPerPage(direct, gateway, plan.pages);
    log(`uploads: ${plan.uploads} of ${plan.uploadBytes} bytes`);
    return { ping, run, slowRun, memory, upload: await benchUpload(browser, pythons, plan) };
  } finally {
    await direct.stop();
    await gateway.stop();
  }
}

async function overSlowLink(direct: Server, gateway: Server, runs: number): Promise<Both> {
  const slowness = { roundTrip: 100 };
  const links = [
    await startLink(direct.port, slowness),
    await startLink(gateway.port, slowness),
  ] as const;
  const sessions = {
    direct: await RawSession.open(links[0].origin),
    gateway: await RawSession.open(links[1].origin),
  };
  const times = await inTurns(runs, async (which) => (await sessions[which].run()).ms);
  for (const session of Object.values(sessions)) session.close();
  for (const link of links) await link.close();
  return times;
}

async function benchUpload(browser: Browser, pythons: Pythons, plan: WayPlan): Promise<Both> {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-upload-"));
  const file = join(directory, "large.bin");
  writeFileSync(file, Buffer.alloc(plan.uploadBytes, "persist-session "));
  const [direct, gateway] = await startBoth(upload, uploadBehind, pythons);
  const servers = { direct, gateway };
  try {
    return await inTurns(plan.uploads, async (which) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(servers[which].origin);
      await page.getByText("bytes: 0", { exact: true }).waitFor();
      const started = performance.now();
      await page.locator('input[type="file"]').setInputFiles(file);
      await page.getByText(`bytes: ${plan.uploadBytes}`, { exact: true }).waitFor();
      const time = performance.now() - started;
      await context.close();
      return time;
    });
  } finally {
    await direct.stop();
    await gateway.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Opens pages that then only rest, and looks at how much larger the processes have become. */
async function memoryPerPage(
  direct: Server,
  gateway: Server,
  pages: number,
): Promise<WayResult["memory"]> {
  const sessions: RawSession[] = [];
  const open = async (server: Server, count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const session = await RawSession.open(server.origin);
      await session.run();
      sessions.push(session);
    }
  };
  // The first pages also fill what all share.
  await open(direct, 20);
  await open(gateway, 20);
  const before = sizes(direct, gateway);
  await open(direct, pages);
  await open(gateway, pages);
  const after = sizes(direct, gateway);
  for (const session of sessions) session.close();
  return {
    direct: (after.direct - before.direct) / pages,
    behind: (after.behind - before.behind) / pages,
    gateway: (after.gateway - before.gateway) / pages,
  };
}

function sizes(direct: Server, gateway: Server): WayResult["memory"] {
  const { gateway: own = 0, streamlit } = gateway.pids;
  return {
    direct: residentBytes(direct.pids.streamlit),
    behind: residentBytes(streamlit),
    gateway: residentBytes(own),
  };
}

/** NaN where the system has no /proc. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}

async function startBoth(
  direct: Variant,
  gateway: Variant,
  pythons: Pythons,
): Promise<[direct: Server, gateway: Server]> {
  return [await Server.start(direct, pythons), await Server.start(gateway, pythons)];
}

/** Measures both ways so many times, in turns and in another order each time, after one round that does not count. */
async function inTurns(
  rounds: number,
  measure: (which: "direct" | "gateway") => Promise<number>,
): Promise<Both> {
  const times = { direct: [] as number[], gateway: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    for (const which of shuffled(["direct", "gateway"] as const)) {
      const time = await measure(which);
      if (round >= 0) times[which].push(time);
    }
  }
  return times;
}
