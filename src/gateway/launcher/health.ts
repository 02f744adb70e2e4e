import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const PAUSE = 50;
const TIMEOUT = 5000;

/** Waits until Streamlit answers that it is healthy. Never resolves otherwise: end it by the signal, which rejects it. */
export async function untilHealthy(
  port: number,
  basePath: string,
  signal: AbortSignal,
): Promise<void> {
  while (!(await isHealthy(port, basePath, signal))) {
    await delay(PAUSE, undefined, { signal });
  }
}

async function isHealthy(port: number, basePath: string, signal: AbortSignal): Promise<boolean> {
  return await new Promise((resolve) => {
    const request = get(
      { host: "127.0.0.1", port, path: `${basePath}/_stcore/health`, agent: false, signal },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.setTimeout(TIMEOUT, () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
