import { pairedRatio, type Ratio } from "../statistics.ts";
import type { Results } from "./report.ts";

/** What the bench has to show, and what it has found. */
export interface Target {
  readonly title: string;
  readonly wanted: string;
  readonly found: string;
  readonly met: boolean;
}

export function targetsOf({ wire, throughput, increments }: Results): Target[] {
  const on = (variant: string, size: string, what: string) =>
    wire.find((one) => one.variant === variant && one.size === size && one.what === what);
  const rates = (variant: string, size: string) =>
    throughput.find(
      (one) => one.variant === variant && one.size === size && one.workload === "change",
    )?.rates;
  const targets: Target[] = [];
  for (const variant of ["ours-redis", "ours-postgres"]) {
    const own = wire.filter((one) => one.variant === variant);
    for (const [title, what, most] of [
      ["round trips of a restore", "restore", 1],
      ["round trips of a first restore", "first", 1],
      ["round trips of a change (restore and commit)", "change", 2],
    ] as const) {
      const trips = Math.max(...own.filter((one) => one.what === what).map((one) => one.trips));
      const found = trips.toFixed(2);
      targets.push({
        title: `${variant}: ${title}`,
        wanted: `≤ ${most}`,
        found,
        met: trips <= most,
      });
    }
  }
  const [ours, peer] = [
    on("ours-redis", "100 KB", "change"),
    on("connect-redis", "100 KB", "change"),
  ];
  if (ours !== undefined && peer !== undefined) {
    const times = (peer.sent + peer.received) / (ours.sent + ours.received);
    targets.push({
      title: "100 KB, change: bytes of connect-redis, × ours",
      wanted: "≥ 10",
      found: times.toFixed(0),
      met: times >= 10,
    });
  }
  for (const [size, least] of [
    ["100 KB", 5],
    ["1 KB", 0.95],
  ] as const) {
    const ratio = pairedRatio(rates("ours-redis", size), rates("connect-redis", size));
    if (ratio === undefined) continue;
    targets.push({
      title: `${size}, change: throughput, × connect-redis`,
      wanted: `≥ ${least}`,
      found: showRatio(ratio),
      met: ratio.median >= least,
    });
  }
  const postgres = pairedRatio(rates("ours-postgres", "1 KB"), rates("connect-pg-simple", "1 KB"));
  if (postgres !== undefined) {
    targets.push({
      title: "1 KB, change: throughput, × connect-pg-simple",
      wanted: "≥ 1",
      found: showRatio(postgres),
      met: postgres.median >= 1,
    });
  }
  for (const { variant, done, errors, lost } of increments) {
    if (!variant.startsWith("ours")) continue;
    targets.push({
      title: `${variant}: increments from four processes`,
      wanted: "all done, 0 errors, 0 lost",
      found: `${done} done, ${errors} errors, ${lost} lost`,
      met: errors === 0 && lost === 0,
    });
  }
  return targets;
}

export function showRatio(ratio: Ratio | undefined): string {
  if (ratio === undefined) return "";
  return `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`;
}
