import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for the promise, but no longer than this many milliseconds; which of the two it was, it
 * does not say.
 */
export async function waitUpTo(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const giveUp = new AbortController();
  const time = delay(milliseconds, undefined, { signal: giveUp.signal }).catch(() => {});
  await Promise.race([promise, time]).finally(() => giveUp.abort());
}
