import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";

/** Long, since a machine may be busy: a condition that comes true ends the wait at once. */
const DEADLINE = 120_000;
/** What is near comes true within some turns of the event loop; after them the waits grow to the longest. */
const TURNS = 50;
const MAX_DELAY = 50;

/** Waits until the condition holds, and fails with its name after two minutes, or after the milliseconds given. */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  within: number = DEADLINE,
): Promise<void> {
  const deadline = performance.now() + within;
  for (let look = 0; !(await condition()); look++) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${name}.`);
    if (look < TURNS) await turn();
    else await delay(Math.min(look - TURNS + 1, MAX_DELAY));
  }
}
