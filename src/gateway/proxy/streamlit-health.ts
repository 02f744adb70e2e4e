import { get } from "node:http";
import type { UpstreamAddress } from "./hooks.ts";

/** Where Streamlit tells whether it can serve, below its base path. */
export const HEALTH_PATH = "/_stcore/health";

/**
 * Asks a Streamlit whether it is healthy, on a connection of its own: the status of its answer, or
 * undefined if none came.
 *
 * @param timeout - milliseconds
 */
export async function healthStatus(
  { host, port }: UpstreamAddress,
  path: string,
  timeout: number,
  signal?: AbortSignal,
): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const request = get(
      { host, port, path, agent: false, ...(signal && { signal }) },
      (response) => {
        response.on("error", () => {});
        response.resume();
        resolve(response.statusCode);
        request.destroy();
      },
    );
    const timer = setTimeout(() => request.destroy(), timeout);
    request.on("error", () => {});
    request.once("close", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}
