import { get } from "node:http";
import { browserOwner } from "../sessions/engine.ts";
import { newSessionId } from "../session/token.ts";
import type { GatewayParts } from "./gateway-parts.ts";
import { within } from "./within.ts";

/** How long each may take to answer, in milliseconds. */
const LONGEST = 2_000;

type Check = "ok" | "unavailable";

/** Whether a visitor could be served now: the store answers, and Streamlit says that it is healthy. */
export async function isReady(
  parts: GatewayParts,
): Promise<{ ready: boolean; store: Check; streamlit: Check }> {
  const [store, streamlit] = await Promise.all([
    check(async () => {
      // Whose it is does not matter: that there is an answer does.
      await parts.sessions.engine.store.owner(browserOwner(newSessionId()));
      return true;
    }),
    check(async () => await isHealthy(parts)),
  ]);
  return { ready: store === "ok" && streamlit === "ok", store, streamlit };
}

async function check(work: () => Promise<boolean>): Promise<Check> {
  let isGood = false;
  const done = work().then(
    (good) => void (isGood = good),
    () => {},
  );
  await within(done, LONGEST);
  return isGood ? "ok" : "unavailable";
}

async function isHealthy({ upstream, basePath }: GatewayParts): Promise<boolean> {
  const { host, port } = upstream();
  return await new Promise((resolve, reject) => {
    const path = `${basePath}/_stcore/health`;
    const request = get({ host, port, path, agent: false, timeout: LONGEST }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once("timeout", () => request.destroy(new Error("timeout")));
    request.once("error", reject);
  });
}
