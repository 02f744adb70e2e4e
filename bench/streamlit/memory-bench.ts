import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RawSession } from "./raw-session.ts";
import { type Pythons, Server, type Variant, variants } from "./variants.ts";

export interface Servers {
  readonly direct: Server;
  readonly gateway: Server;
}

/** Bytes for each open page. */
export interface MemoryResult {
  /** Resident, of Streamlit alone. */
  readonly direct: number;
  /** Of Streamlit behind the gateway. */
  readonly behind: number;
  readonly gateway: number;
  /**
   * In use after garbage collection, of the gateway for a page whose messages have 20 kB, with its
   * frame and without it, in each round. Resident memory differs by more than that from run to run.
   */
  readonly framed: readonly number[];
  readonly unframed: readonly number[];
}

export interface MemoryPlan {
  readonly pages: number;
  /** How often a gateway with frames and one without take turns. */
  readonly rounds: number;
}

const framed: Variant = { ...variants.resume, name: "framed", app: "twenty_kilobytes.py" };
const unframed: Variant = {
  ...framed,
  name: "unframed",
  gateway: ["--no-last-frame", "--run-for", "0"],
};

/** Opens pages that then only rest, and looks at how much larger the processes have become. */
export async function benchMemory(
  { direct, gateway }: Servers,
  pythons: Pythons,
  { pages, rounds }: MemoryPlan,
): Promise<MemoryResult> {
  const alone = await memoryPerPage(direct, pages);
  const small = await memoryPerPage(gateway, pages);
  const withFrame: number[] = [];
  const without: number[] = [];
  for (let round = 0; round < rounds; round++) {
    withFrame.push(await liveBytesPerPage(framed, pythons, pages));
    without.push(await liveBytesPerPage(unframed, pythons, pages));
  }
  return {
    direct: alone.streamlit,
    behind: small.streamlit,
    gateway: small.gateway,
    framed: withFrame,
    unframed: without,
  };
}

async function memoryPerPage(
  server: Server,
  pages: number,
): Promise<{ readonly streamlit: number; readonly gateway: number }> {
  const [before, after] = await aroundPages(server, pages, async () => sizes(server));
  return {
    streamlit: (after.streamlit - before.streamlit) / pages,
    gateway: (after.gateway - before.gateway) / pages,
  };
}

/** What a look gives before pages are opened, and while they are open. */
async function aroundPages<T>(
  server: Server,
  pages: number,
  look: () => Promise<T>,
): Promise<[before: T, after: T]> {
  const sessions: RawSession[] = [];
  const open = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const session = await RawSession.open(server.origin);
      await session.run();
      sessions.push(session);
    }
  };
  // The first pages also fill what all share.
  await open(20);
  const before = await look();
  await open(pages);
  const after = await look();
  for (const session of sessions) session.close();
  return [before, after];
}

async function liveBytesPerPage(
  variant: Variant,
  pythons: Pythons,
  pages: number,
): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-memory-"));
  const file = join(directory, "live");
  const hook = new URL("live-memory.js", import.meta.url).href;
  const environment = { NODE_OPTIONS: `--import ${hook}`, BENCH_LIVE_MEMORY: file };
  const server = await Server.start(variant, pythons, environment);
  try {
    const [before, after] = await aroundPages(server, pages, async () => {
      rmSync(file, { force: true });
      process.kill(server.pids.gateway ?? 0, "SIGUSR2");
      while (!existsSync(file)) await delay(20);
      return Number(readFileSync(file, "utf8"));
    });
    return (after - before) / pages;
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function sizes(server: Server): { readonly streamlit: number; readonly gateway: number } {
  const { gateway = 0, streamlit } = server.pids;
  return { streamlit: residentBytes(streamlit), gateway: residentBytes(gateway) };
}

/** NaN if the system has no /proc. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
