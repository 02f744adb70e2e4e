import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for the promise, but at most this many milliseconds. Does not say which of the two ended
 * the wait.
 */
export async function waitUpTo(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const giveUp = new AbortController();
  const time = delay(milliseconds, undefined, { signal: giveUp.signal }).catch(() => {});
  await Promise.race([promise, time]).finally(() => giveUp.abort());
}
