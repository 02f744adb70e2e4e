import { median } from "../statistics.ts";
import type { Results } from "./report.ts";
import type { FrameResult } from "./frame-bench.ts";
import type { MemoryResult } from "./memory-bench.ts";
import type { SleepResult } from "./sleep-bench.ts";
import { pairedDifference, pairedSpread, show, spread } from "./spread.ts";

/** What the bench has to show, and what it has found. */
export interface Target {
  readonly title: string;
  readonly wanted: string;
  readonly found: string;
  /** Absent if nothing is wanted. */
  readonly met?: boolean;
}

export function targetsOf(results: Results): Target[] {
  const { reload = [], visits = [], way, cost = [], sleep = [], frame, keep } = results;
  return [
    ...sleepTargets(sleep),
    ...(frame === undefined ? [] : [frameTarget(frame)]),
    ...reloadTargets(reload),
    ...visitTargets(visits),
    ...(way === undefined ? [] : [pingTarget(way.near.ping), memoryTarget(way.memory)]),
    ...assignmentTargets(cost),
    ...(keep === undefined ? [] : keepTargets(keep)),
  ];
}

function sleepTargets(results: readonly SleepResult[]): Target[] {
  const awake = results.find(({ sleep, slowness }) => sleep === 0 && slowness.roundTrip === 0);
  return results.flatMap(({ slowness, sleep, plain, gateway }) => {
    const title = `F5 to all elements, script of ${sleep} s, ${slowness.roundTrip} ms link`;
    if (sleep === 0) {
      const ratio = pairedSpread(gateway.all, plain.all);
      const most = slowness.roundTrip === 0 ? 1 : 0.85;
      const wanted = `upper bound ≤ ${most.toFixed(2)}`;
      return [
        {
          title: `${title}, × plain Streamlit`,
          wanted,
          found: show(ratio),
          met: ratio.high <= most,
        },
      ];
    }
    const own = awake?.gateway.all.slice(0, gateway.all.length) ?? [];
    const ratio = pairedSpread(gateway.all, own);
    const faster = pairedSpread(plain.all, gateway.all);
    const least = sleep === 3 ? 5 : 15;
    return [
      {
        title: `${title}, × our own with 0 s`,
        wanted: "upper bound ≤ 1.10",
        found: show(ratio),
        met: ratio.high <= 1.1,
      },
      {
        title: `${title}, times faster than plain`,
        wanted: `lower bound ≥ ${least}`,
        found: show(faster),
        met: faster.low >= least,
      },
    ];
  });
}

function frameTarget({ keepMicroseconds }: FrameResult): Target {
  const found = spread(keepMicroseconds);
  return {
    title: "keeping the frame, µs of processor time a message of 1 KB",
    wanted: "≤ 20",
    found: show(found, 1),
    met: found.high <= 20,
  };
}

function reloadTargets(reload: NonNullable<Results["reload"]>): Target[] {
  return reload.flatMap(({ slowness, times }) =>
    ["resume", "persisted"].map((name) => {
      const ratio = pairedSpread(times[name] ?? [], times["plain"] ?? []);
      return {
        title: `reload to the restored value, ${name}, ${slowness.roundTrip} ms link, × plain Streamlit`,
        wanted: "upper bound ≤ 1.10",
        found: show(ratio),
        met: ratio.high <= 1.1,
      };
    }),
  );
}

function keepTargets({ click, stored, restart }: NonNullable<Results["keep"]>): Target[] {
  const idle = pairedSpread(click.keep, click.resume);
  const restored = pairedSpread(restart.keep, restart.plain);
  const share = stored.click / stored.all;
  return [
    {
      title: "click that changes one key of ten of 100 KB to the idle page, --keep, × resume",
      wanted: "≤ 1.05",
      found: show(idle),
      met: idle.median <= 1.05,
    },
    {
      title: "bytes that such a click stores, of those of the tab",
      wanted: "≤ 0.15",
      found: share.toFixed(3),
      met: share <= 0.15,
    },
    {
      title: "reload after a restart to the kept value, × plain Streamlit to its default",
      wanted: "≤ 1.10",
      found: show(restored),
      met: restored.median <= 1.1,
    },
  ];
}

function visitTargets(visits: NonNullable<Results["visits"]>): Target[] {
  return visits
    .filter(({ slowness }) => slowness.bitsPerSecond !== undefined)
    .map(({ direct, gateway }) => {
      const ratio = pairedSpread(gateway, direct);
      return {
        title: "first visit over 10 Mbit/s, × without the gateway",
        wanted: "< 1",
        found: show(ratio),
        met: ratio.high < 1,
      };
    });
}

function pingTarget({ direct, gateway }: NonNullable<Results["way"]>["near"]["ping"]): Target {
  const difference = pairedDifference(gateway, direct);
  return {
    title: "WebSocket round trip, longer by (ms, median)",
    wanted: "≤ 0.150",
    found: show(difference, 3),
    met: difference.median <= 0.15,
  };
}

function memoryTarget({ framed, unframed }: MemoryResult): Target {
  const inKibibytes = (sizes: readonly number[]): number[] => sizes.map((bytes) => bytes / 1024);
  const difference = pairedDifference(inKibibytes(framed), inKibibytes(unframed));
  return {
    title: "memory of an open page with a frame of 20 kB, more than without a frame (KiB)",
    wanted: "≤ 64",
    found: show(difference, 1),
    met: difference.high <= 64,
  };
}

/**
 * The counter is the target; the attribute that is all of the state stands beside it, since the two
 * differ so much.
 */
function assignmentTargets(cost: NonNullable<Results["cost"]>): Target[] {
  return cost
    .filter(({ bytes, small }) => bytes === 100_000 && small.seed.length > 0)
    .flatMap(({ small, large }) => {
      const ratio = median(small.ours) / median(small.seed);
      const whole = median(large.ours) / median(large.seed);
      return [
        {
          title: "assignment of a small attribute in a 100 KB state, × the seed's",
          wanted: "< 1",
          found: ratio.toFixed(2),
          met: ratio < 1,
        },
        {
          title: "assignment of the attribute that holds the 100 KB, × the seed's",
          wanted: "≤ 2",
          found: whole.toFixed(2),
          met: whole <= 2,
        },
      ];
    });
}
