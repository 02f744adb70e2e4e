import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";

/** Waits until something holds that others bring about, for 10 s at most. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `waited in vain until ${what}`);
    await turn();
  }
}
