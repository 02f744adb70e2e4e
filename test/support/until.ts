import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";

/**
 * Milliseconds. Long, since a machine may be busy: a condition that comes true ends the wait at
 * once.
 */
export const DEADLINE = 120_000;
/**
 * For what another file of tests does meanwhile, such as an installation: longer than any of them
 * takes. A lock whose owner has ended is free at once.
 */
export const MAX_WAIT = 15 * 60 * 1000;
/**
 * What is near comes true within some turns of the event loop. Then the waits grow, up to the
 * longest.
 */
const TURNS = 20;
const MAX_DELAY = 50;

/**
 * Waits until the condition holds, and fails with its name after two minutes, or after the
 * milliseconds given.
 */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  within: number = DEADLINE,
): Promise<void> {
  const deadline = performance.now() + within;
  for (let look = 0; ; look++) {
    const begin = performance.now();
    if (await condition()) return;
    const now = performance.now();
    if (now > deadline) throw new Error(`Waited in vain until ${name}.`);
    // To look is work, too, in a page for instance: it takes half of the time at most.
    const taken = now - begin;
    if (look < TURNS && taken < 1) await turn();
    else await delay(Math.max(taken, Math.min(look, MAX_DELAY)));
  }
}
