import { setTimeout as delay } from "node:timers/promises";
import { RawSession } from "../../../bench/streamlit/raw-session.ts";
import type { Gateway } from "../gateway.ts";

const RUNS = 6;
const THINKING_MS = 150;

/** Visits again and again, each time as another browser: some runs, a lost connection, more runs. @returns how often */
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

/** Each run counts one more than the one before. */
async function runs(session: RawSession, from: number): Promise<void> {
  for (let at = 0; at < RUNS; at++) {
    const { text } = await session.run();
    const count = Number(/count: (\d+)/.exec(text)?.[1]);
    if (count !== from + at) throw new Error(`A run shows ${count} in place of ${from + at}.`);
    await delay(THINKING_MS);
  }
}
