// The app with every kind of element, whose script sleeps if it is told to.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StreamlitPage } from "./streamlit-page.ts";

/** The script sleeps while this file is there. */
const PAUSE = join(tmpdir(), `persist-session-pause-${process.pid}`);

export const EVERYTHING = { app: "test/streamlit/apps/everything.py", env: { PAUSE } };

export const sleep = (): void => writeFileSync(PAUSE, "");
/** The script draws one line before it sleeps. */
export const sleepVisibly = (): void => writeFileSync(PAUSE, "visibly");
export const wake = (): void => rmSync(PAUSE, { force: true });

/** Reloads, with a script that sleeps until it is woken. */
export async function reloadAsleep(app: StreamlitPage): Promise<void> {
  sleep();
  await app.page.reload();
  await untilStale(app);
}

/** The app is shown, and its script still sleeps. */
async function untilStale(app: StreamlitPage): Promise<void> {
  await app.page.locator('[data-testid="stApp"][data-test-script-state="running"]').waitFor();
  await app.page.getByText("end: yes").first().waitFor();
}
