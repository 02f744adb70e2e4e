import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { RawSession } from "../../../bench/streamlit/raw-session.ts";
import type { Gateway } from "../gateway.ts";

const RUNS = 6;
const THINKING_MS = 150;

/**
 * Visits again and again, each time as another browser: some runs, a lost connection, more
 * runs. @returns how often
 */
export async function visitFor(gateway: Gateway, end: number): Promise<number> {
  let visits = 0;
  while (performance.now() < end) {
    const first = await RawSession.open(gateway.origin);
    await runs(first, 1);
    first.close();
    const second = await RawSession.open(gateway.origin, first.cookie);
    await runs(second, RUNS + 1);
    second.close();
    visits++;
  }
  return visits;
}

/**
 * Comes again and again as another browser, and leaves in the middle of a run. Every second time
 * the tab comes back and joins it; else the run goes on alone until it ends. @returns how often
 * @throws Error if a run began anew more often than the machine was too busy to come back in time
 */
export async function leaveFor(gateway: Gateway, end: number): Promise<number> {
  let visits = 0;
  let late = 0;
  while (performance.now() < end) {
    const id = randomBytes(16).toString("hex");
    const first = await RawSession.open(gateway.origin, undefined, { id, ticket: "" });
    await first.runUntil("line: 2", "slow=1");
    first.close();
    if (visits++ % 2 === 0) {
      const { cookie, ticket } = first;
      const second = await RawSession.open(gateway.origin, cookie, { id, ticket });
      const { text } = await second.run("slow=1");
      const runs = Math.max(...[...text.matchAll(/count: (\d+)/g)].map(([, run]) => Number(run)));
      if (!text.includes("slow: over") || !(runs <= 2)) throw new Error(`It shows run ${runs}.`);
      // If the run was over, the page is shown it, and has one of its own.
      late += runs - 1;
      second.close();
    }
    await delay(THINKING_MS);
  }
  if (late > visits / 4) throw new Error(`${late} of ${visits / 2} pages joined no run.`);
  return visits;
}

/** Each run counts one more than the one before. */
async function runs(session: RawSession, from: number): Promise<void> {
  for (let at = 0; at < RUNS; at++) {
    const { text } = await session.run();
    const count = Number(/count: (\d+)/.exec(text)?.[1]);
    if (count !== from + at) throw new Error(`A run shows ${count} in place of ${from + at}.`);
    await delay(THINKING_MS);
  }
}
