import { setTimeout as delay } from "node:timers/promises";
import { HEALTH_PATH, healthStatus } from "../proxy/streamlit-health.ts";

const PAUSE = 50;
const TIMEOUT = 5000;

/** Waits until Streamlit answers that it is healthy. Never resolves otherwise: end it by the signal, which rejects it. */
export async function untilHealthy(
  port: number,
  basePath: string,
  signal: AbortSignal,
): Promise<void> {
  const upstream = { host: "127.0.0.1", port };
  while ((await healthStatus(upstream, `${basePath}${HEALTH_PATH}`, TIMEOUT, signal)) !== 200) {
    await delay(PAUSE, undefined, { signal });
  }
}
