import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { PostgresServer } from "../../test/store/fixtures/postgres-server.ts";
import type { RedisServer } from "../../test/store/fixtures/redis-server.ts";
import type { Connection } from "../connection.ts";
import { runLoad } from "../load.ts";
import { AppProcess } from "./app-process.ts";
import { workloads } from "./variants.ts";

/** What the database itself spends, for sessions of 1 KB. */
export interface Capacity {
  readonly engine: "redis" | "postgres";
  /**
   * Milliseconds of the database's processor time for a restore, and for a request that restores
   * and commits.
   */
  readonly restore: number;
  readonly change: number;
  /**
   * Bytes of memory (Redis) or of tables and indexes (PostgreSQL) that one more session takes, at
   * rest.
   */
  readonly session: number;
  /** Bytes of the write-ahead log for one change; of PostgreSQL. */
  readonly log?: number;
}

export interface CapacityPlan {
  readonly sessions: number;
  readonly seconds: number;
}

const BYTES = 1_000;
const VISITORS = 16;
/** Of a clock tick of /proc, in milliseconds (Linux: sysconf(_SC_CLK_TCK) is 100 everywhere). */
const TICK = 10;

export async function measureRedis(server: RedisServer, plan: CapacityPlan): Promise<Capacity> {
  await server.ask("FLUSHALL");
  const info = async (section: string, name: string): Promise<number> => {
    const text = String(await server.ask("INFO", section));
    return Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(text)?.[1]);
  };
  const cpu = async () =>
    1000 * ((await info("cpu", "used_cpu_user")) + (await info("cpu", "used_cpu_sys")));
  // What the last commits leave behind for some minutes is not at rest.
  const atRest = async () => {
    const commits = (await server.ask("EVAL", FORGET, "0")) as number;
    if (commits < 0) throw new Error("Redis forgets nothing.");
    return await info("memory", "used_memory");
  };
  return {
    engine: "redis",
    ...(await measure("ours-redis", server.url, plan, cpu, atRest)),
  };
}

/** Removes the hashes of past commits, as their expiry does by itself. */
const FORGET = `
local cursor, removed = '0', 0
repeat
  local step = redis.call('SCAN', cursor, 'MATCH', 'persist-session:*:[01]', 'COUNT', 1000)
  cursor = step[1]
  for _, key in ipairs(step[2]) do removed = removed + redis.call('DEL', key) end
until cursor == '0'
return removed
`;

export async function measurePostgres(
  server: PostgresServer,
  plan: CapacityPlan,
): Promise<Capacity> {
  const url = await server.newDatabase();
  const number = async (sql: string): Promise<number> => {
    const [row] = await server.ask(sql);
    return Number(row?.["n"]);
  };
  const log = async () => await number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS n");
  const database = new URL(url).pathname.slice(1);
  const size = async () => await number(`SELECT pg_database_size('${database}') AS n`);
  const postmaster = Number(
    readFileSync(`${server.directory}/data/postmaster.pid`, "utf8").split("\n")[0],
  );
  const cpu = async () => cpuOfTree(postmaster);
  const before = { log: 0, changes: 0 };
  const found = await measure("ours-postgres", url, plan, cpu, size, {
    began: async () => void (before.log = await log()),
    ended: async (changes) => {
      before.log = (await log()) - before.log;
      before.changes = changes;
    },
  });
  return { engine: "postgres", ...found, log: before.log / before.changes };
}

async function measure(
  variant: string,
  url: string,
  { sessions, seconds }: CapacityPlan,
  cpu: () => Promise<number>,
  space: () => Promise<number>,
  changing?: { began: () => Promise<void>; ended: (changes: number) => Promise<void> },
): Promise<Pick<Capacity, "restore" | "change" | "session">> {
  const app = await AppProcess.start(variant, url);
  const connections: Connection[] = [];
  try {
    for (let at = 0; at < VISITORS; at++) connections.push(await app.visitor(BYTES));
    const before = await space();
    for (let at = 0; at < sessions; at++) (await app.visitor(BYTES)).close();
    const session = ((await space()) - before) / sessions;
    const spent: Record<string, number> = {};
    for (const workload of workloads) {
      await runLoad(connections, workload, { seconds: seconds / 4, least: 1 });
      if (workload.name === "change") await changing?.began();
      const started = await cpu();
      const { requests } = await runLoad(connections, workload, { seconds, least: 1 });
      spent[workload.name] = ((await cpu()) - started) / requests;
      if (workload.name === "change") await changing?.ended(requests);
    }
    return { restore: spent["restore"] ?? 0, change: spent["change"] ?? 0, session };
  } finally {
    for (const connection of connections) connection.close();
    await app.stop();
  }
}

/**
 * Milliseconds of processor time of a process and its children, those that have ended included
 * (Linux).
 */
function cpuOfTree(pid: number): number {
  const children = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
  let ticks = 0;
  for (const one of [pid, ...children]) {
    try {
      const stat = readFileSync(`/proc/${one}/stat`, "utf8");
      const fields = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .map(Number);
      // utime and stime; of the parent also those of its ended children.
      ticks += (fields[11] ?? 0) + (fields[12] ?? 0);
      if (one === pid) ticks += (fields[13] ?? 0) + (fields[14] ?? 0);
    } catch {
      // It has ended meanwhile, and counts among the parent's.
    }
  }
  return ticks * TICK;
}
