import { readdirSync, readFileSync } from "node:fs";
import { median } from "../../../bench/statistics.ts";
import type { Gateway } from "../gateway.ts";

/** What both processes hold at one moment. */
export interface Sample {
  readonly gatewayMiB: number;
  readonly gatewayFiles: number;
  readonly streamlitMiB: number;
  readonly streamlitFiles: number;
}

const TITLES: Readonly<Record<keyof Sample, string>> = {
  gatewayMiB: "resident MiB of the gateway",
  gatewayFiles: "open descriptors of the gateway",
  streamlitMiB: "resident MiB of Streamlit",
  streamlitFiles: "open descriptors of Streamlit",
};

/** Reads /proc, so it works on Linux alone. */
export function sampleOf(gateway: Gateway): Sample {
  const streamlit = gateway.streamlitPid;
  if (streamlit === undefined) throw new Error("Streamlit has ended.");
  return {
    gatewayMiB: residentMiB(gateway.pid),
    gatewayFiles: openFiles(gateway.pid),
    streamlitMiB: residentMiB(streamlit),
    streamlitFiles: openFiles(streamlit),
  };
}

export interface Verdict {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly flat: boolean;
}

/**
 * Compares the end with the middle: the first half may fill caches, pools and what is kept for
 * resuming. A tenth and a little more is what collectors and the system's own moods need.
 */
export function isFlat(samples: readonly Sample[]): Verdict[] {
  const half = Math.floor(samples.length / 2);
  const window = Math.max(1, Math.floor(samples.length / 5));
  return (Object.keys(TITLES) as (keyof Sample)[]).map((name) => {
    const middle = (from: number): number =>
      median(samples.slice(from, from + window).map((sample) => sample[name]));
    const from = middle(half - Math.floor(window / 2));
    const to = middle(samples.length - window);
    return { title: TITLES[name], from, to, flat: to <= from * 1.1 + 12 };
  });
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
