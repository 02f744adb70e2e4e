import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { shuffled } from "../statistics.ts";
import { type Slowness, startLink } from "./link.ts";
import { benchMemory, type MemoryPlan, type MemoryResult, type Servers } from "./memory-bench.ts";
import { RawSession } from "./raw-session.ts";
import { type Pythons, Server, type Variant, variants } from "./variants.ts";

/** What the way through the gateway costs against the direct one. */
export interface WayResult {
  readonly near: WayTimes;
  /** The same over a link with 100 ms. */
  readonly far: WayTimes;
  readonly memory: MemoryResult;
}

export interface WayTimes {
  /** Milliseconds of a WebSocket ping to Streamlit and back. */
  readonly ping: Both;
  /** Milliseconds of a whole script run. */
  readonly run: Both;
  /** Milliseconds until the app shows that it has a file of 200 MB. */
  readonly upload: Both;
}

export interface Both {
  readonly direct: readonly number[];
  readonly gateway: readonly number[];
}

export interface WayPlan {
  readonly near: WayCounts;
  readonly far: WayCounts;
  readonly uploadBytes: number;
  readonly memory: MemoryPlan;
}

export interface WayCounts {
  readonly pings: number;
  readonly runs: number;
  readonly uploads: number;
}

const FAR = { roundTrip: 100 };
const upload = { ...variants.plain, app: "upload.py" };
const uploadBehind = { ...variants.resume, app: "upload.py" };

export async function benchWay(
  browser: Browser,
  pythons: Pythons,
  plan: WayPlan,
  log: (line: string) => void,
): Promise<WayResult> {
  const servers = await startBoth(variants.plain, variants.resume, pythons);
  const uploadServers = await startBoth(upload, uploadBehind, pythons);
  const way = async (slowness: Slowness, { pings, runs, uploads }: WayCounts) => {
    const over = `over ${slowness.roundTrip} ms`;
    log(`WebSocket round trips ${over}: ${pings} pings, ${runs} runs`);
    const times = await overLink(servers, slowness, async (origins) => {
      const sessions = {
        direct: await RawSession.open(origins.direct),
        gateway: await RawSession.open(origins.gateway),
      };
      const ping = await inTurns(pings, async (which) => await sessions[which].ping());
      const run = await inTurns(runs, async (which) => (await sessions[which].run()).ms);
      for (const session of Object.values(sessions)) session.close();
      return { ping, run };
    });
    log(`uploads ${over}: ${uploads} of ${plan.uploadBytes} bytes`);
    const uploadTimes = await overLink(uploadServers, slowness, async (origins) =>
      uploadFile(browser, origins, uploads, plan.uploadBytes),
    );
    return { ...times, upload: uploadTimes };
  };
  try {
    const near = await way({ roundTrip: 0 }, plan.near);
    const far = await way(FAR, plan.far);
    log(`memory of ${plan.memory.pages} open pages`);
    return { near, far, memory: await benchMemory(servers, pythons, plan.memory) };
  } finally {
    for (const server of [...Object.values(servers), ...Object.values(uploadServers)])
      await server.stop();
  }
}

/** On loopback nothing stands in between. */
async function overLink<T>(
  { direct, gateway }: Servers,
  slowness: Slowness,
  measure: (origins: { readonly direct: string; readonly gateway: string }) => Promise<T>,
): Promise<T> {
  if (slowness.roundTrip === 0)
    return await measure({ direct: direct.origin, gateway: gateway.origin });
  const links = [
    await startLink(direct.port, slowness),
    await startLink(gateway.port, slowness),
  ] as const;
  try {
    return await measure({ direct: links[0].origin, gateway: links[1].origin });
  } finally {
    for (const link of links) await link.close();
  }
}

async function uploadFile(
  browser: Browser,
  origins: { readonly direct: string; readonly gateway: string },
  rounds: number,
  bytes: number,
): Promise<Both> {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-upload-"));
  const file = join(directory, "large.bin");
  writeFileSync(file, Buffer.alloc(bytes, "persist-session "));
  try {
    return await inTurns(rounds, async (which) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(origins[which]);
      await page.getByText("bytes: 0", { exact: true }).waitFor();
      const started = performance.now();
      await page.locator('input[type="file"]').setInputFiles(file);
      await page.getByText(`bytes: ${bytes}`, { exact: true }).waitFor();
      const time = performance.now() - started;
      await context.close();
      return time;
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startBoth(direct: Variant, gateway: Variant, pythons: Pythons): Promise<Servers> {
  return {
    direct: await Server.start(direct, pythons),
    gateway: await Server.start(gateway, pythons),
  };
}

/**
 * Measures both ways this many times, in turns and in another order each time, after one round that
 * does not count.
 */
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
