// The app with every kind of element, whose script sleeps if it is told to.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/until.ts";
import { picture } from "./pictures.ts";
import type { StreamlitPage } from "./streamlit-page.ts";

/** The script sleeps while this file is there. */
const PAUSE = join(tmpdir(), `persist-session-pause-${process.pid}`);

export const EVERYTHING = { app: "test/streamlit/apps/everything.py", env: { PAUSE } };

export const sleep = (): void => writeFileSync(PAUSE, "");
/** The script draws one line before it sleeps. */
export const sleepVisibly = (): void => writeFileSync(PAUSE, "visibly");
export const wake = (): void => rmSync(PAUSE, { force: true });

/**
 * Reloads, with a script that sleeps until it is woken.
 * @returns what was shown before
 */
export async function reloadAsleep(app: StreamlitPage): Promise<string[]> {
  for (;;) {
    const before = await picture(app.page);
    sleep();
    await app.page.reload();
    await untilStale(app);
    if (await isDrawn(app)) return before;
    wake();
    await app.idle();
  }
}

/** The app is shown, and its script still sleeps. */
async function untilStale(app: StreamlitPage): Promise<void> {
  await app.page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
  await app.page.getByText("end: yes").first().waitFor();
}

/**
 * Whether no element waits for its code. On a busy machine Streamlit's page may go on to show
 * placeholders once the code is there, until messages come that change its elements; without a
 * gateway, too.
 */
async function isDrawn({ page }: StreamlitPage): Promise<boolean> {
  const placeholders = page.locator('[data-testid="stSkeleton"]');
  return await until("all is drawn", async () => (await placeholders.count()) === 0, 10_000).then(
    () => true,
    () => false,
  );
}
