import { setTimeout as delay } from "node:timers/promises";

const DEADLINE = 60_000;
const BETWEEN_LOOKS = 50;

/** Waits until the condition holds, and fails with its name where that takes more than a minute, or the milliseconds given. */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  within: number = DEADLINE,
): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${name}.`);
    await delay(BETWEEN_LOOKS);
  }
}
