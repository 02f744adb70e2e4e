import { readiness } from "../../sessions/records/index.ts";
import type { GatewayParts } from "../gateway-parts.ts";
import { HEALTH_PATH, healthStatus, type UpstreamAddress } from "../proxy/index.ts";

/** How long the store and Streamlit may each take to answer, in milliseconds. */
const MAX_WAIT = 1_000;
/**
 * How long an answer of Streamlit counts, in milliseconds: frequent checks must not become frequent
 * requests.
 */
const FRESH = 500;

type Check = "ok" | "unavailable";

export interface Ready {
  readonly status: Check;
  readonly store: Check;
  readonly streamlit: Check;
  /** The store's error. */
  readonly code?: string;
}

/**
 * Checks whether a visitor could be served now: the store answers, and Streamlit says that it is
 * healthy.
 */
export class ReadyCheck {
  #asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined;

  async run({ sessions, upstream, basePath }: GatewayParts): Promise<Ready> {
    const [store, isHealthy] = await Promise.all([
      readiness(sessions.engine, MAX_WAIT),
      this.#ask(upstream, `${basePath}${HEALTH_PATH}`),
    ]);
    return {
      status: store.ready && isHealthy ? "ok" : "unavailable",
      store: store.ready ? "ok" : "unavailable",
      streamlit: isHealthy ? "ok" : "unavailable",
      ...(store.ready ? {} : { code: store.code }),
    };
  }

  #ask(upstream: () => UpstreamAddress, path: string): Promise<boolean> {
    const now = Date.now();
    if (this.#asked === undefined || now - this.#asked.at > FRESH)
      this.#asked = { at: now, answer: isHealthy(upstream(), path) };
    return this.#asked.answer;
  }
}

async function isHealthy(upstream: UpstreamAddress, path: string): Promise<boolean> {
  return (await healthStatus(upstream, path, MAX_WAIT)) === 200;
}
