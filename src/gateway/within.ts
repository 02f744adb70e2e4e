import { setTimeout as delay } from "node:timers/promises";

/** Waits for the promise, but no longer than so many milliseconds. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const giveUp = new AbortController();
  const time = delay(milliseconds, undefined, { signal: giveUp.signal }).catch(() => {});
  await Promise.race([promise, time]).finally(() => giveUp.abort());
}
