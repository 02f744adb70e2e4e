import { median } from "../statistics.ts";
import type { CostResult, Costs } from "./cost-bench.ts";
import type { KeepResult } from "./keep-bench.ts";
import type { Slowness } from "./link.ts";
import type { ReloadResult } from "./reload-bench.ts";
import type { FrameResult } from "./frame-bench.ts";
import type { SleepResult } from "./sleep-bench.ts";
import { pairedDifference, pairedSpread, show, spread } from "./spread.ts";
import { table } from "./table.ts";
import { targetsOf } from "./targets.ts";
import { variants } from "./variants.ts";
import type { VisitResult } from "./visit-bench.ts";
import type { Both, WayResult } from "./way-bench.ts";

/** All that one run has found. */
export interface Results {
  readonly mode: string;
  readonly machine: readonly string[];
  /** Whether the seed package was there to be measured. */
  readonly seed: boolean;
  readonly reload?: readonly ReloadResult[];
  readonly visits?: readonly VisitResult[];
  readonly way?: WayResult;
  readonly cost?: readonly CostResult[];
  readonly keep?: KeepResult;
  readonly sleep?: readonly SleepResult[];
  readonly frame?: FrameResult;
}

/** The results as a page for people. */
export function report(results: Results): string {
  const { mode, machine, seed, reload = [], visits = [], way, cost = [], keep } = results;
  const { sleep = [], frame } = results;
  return [
    "# Bench: Streamlit behind the gateway",
    "",
    `By \`npm run bench:streamlit\` (${mode} run). ${machine.join("\n")}`,
    "",
    "Numbers are medians, with the interval that holds the true median with 95 % (bootstrap) in brackets. What is compared takes turns,",
    "in another order in each round, and ratios and differences are taken within a round. Browser, gateway and Streamlit share the machine.",
    ...(seed ? [] : ["", "The seed package streamlit-persist-session was not available."]),
    "",
    "## Targets",
    "",
    ...table(
      ["target", "wanted", "found", ""],
      targetsOf(results).map(({ title, wanted, found, met }) => [
        title,
        wanted,
        found,
        met === undefined ? "" : met ? "met" : "**missed**",
      ]),
    ),
    "",
    ...sleepSection(sleep),
    ...frameSection(frame),
    ...reloadSection(reload),
    ...visitSection(visits),
    ...(way === undefined ? [] : waySection(way)),
    ...costSection(cost),
    ...(keep === undefined ? [] : keepSection(keep)),
  ].join("\n");
}

function reloadSection(results: readonly ReloadResult[]): string[] {
  return results.flatMap(({ slowness, times }) => [
    `## From the reload to the restored value painted, ${link(slowness)}`,
    "",
    `The same small app in Chromium, ${times["plain"]?.length ?? 0} rounds, files in the browser's cache.`,
    "",
    ...table(
      ["", "ms", "× plain Streamlit"],
      Object.values(variants).flatMap(({ name, title }) => {
        const own = times[name];
        if (own === undefined) return [[title, "not available", ""]];
        return [[title, show(spread(own), 0), show(pairedSpread(own, times["plain"] ?? []))]];
      }),
    ),
    "",
  ]);
}

function sleepSection(results: readonly SleepResult[]): string[] {
  if (results.length === 0) return [];
  const cells = ({ plain, gateway }: SleepResult, which: "first" | "all"): string[] => [
    show(spread(plain[which]), 0),
    show(spread(gateway[which]), 0),
    show(pairedSpread(gateway[which], plain[which])),
  ];
  return [
    "## From F5 to the elements painted, for a script that sleeps",
    "",
    "Forty elements, in milliseconds. Behind the gateway they are the former ones, until the script has run.",
    "",
    ...table(
      ["", "rounds", "plain Streamlit", "behind the gateway", "ratio"],
      results.flatMap((one) => [
        [
          `first element, ${one.sleep} s, ${link(one.slowness)}`,
          String(one.plain.first.length),
          ...cells(one, "first"),
        ],
        [
          `all elements, ${one.sleep} s, ${link(one.slowness)}`,
          String(one.plain.all.length),
          ...cells(one, "all"),
        ],
      ]),
    ),
    "",
  ];
}

function frameSection(result: FrameResult | undefined): string[] {
  if (result === undefined) return [];
  return [
    "## What the frame costs the gateway",
    "",
    ...table(
      ["", ""],
      [
        [
          "µs of processor time to keep a message of 1 KB",
          show(spread(result.keepMicroseconds), 1),
        ],
        [
          "µs of processor time to make the messages of a frame of fifty of them",
          show(spread(result.replayMicroseconds), 0),
        ],
      ],
    ),
    "",
  ];
}

function visitSection(results: readonly VisitResult[]): string[] {
  if (results.length === 0) return [];
  return [
    "## First visit, with nothing in the browser's cache",
    "",
    "Milliseconds until the app is painted.",
    "",
    ...table(
      ["", "Streamlit alone", "through the gateway", "ratio"],
      results.map(({ slowness, direct, gateway }) => [
        link(slowness),
        show(spread(direct), 0),
        show(spread(gateway), 0),
        show(pairedSpread(gateway, direct)),
      ]),
    ),
    "",
  ];
}

function waySection({ near, far, memory }: WayResult): string[] {
  const row = (title: string, { direct, gateway }: Both, digits: number): string[] => [
    title,
    show(spread(direct), digits),
    show(spread(gateway), digits),
    show(pairedDifference(gateway, direct), digits),
  ];
  const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);
  return [
    "## The way through the gateway",
    "",
    ...table(
      ["ms", "Streamlit alone", "through the gateway", "difference"],
      [
        row("WebSocket ping to Streamlit and back", near.ping, 3),
        row("the same over a link with 100 ms", far.ping, 1),
        row("script run, from the request to its end", near.run, 2),
        row("the same over a link with 100 ms", far.run, 1),
        row("upload of 200 MB, until the app has it", near.upload, 0),
        row("the same over a link with 100 ms", far.upload, 0),
      ],
    ),
    "",
    `An open page that rests costs Streamlit alone ${kilobytes(memory.direct)} KiB of resident memory; with the gateway it costs Streamlit`,
    `${kilobytes(memory.behind)} KiB and the gateway ${kilobytes(memory.gateway)} KiB. If the page has messages of 20 kB, the gateway holds`,
    `${kilobytes(median(memory.framed))} KiB for it after garbage collection, and ${kilobytes(median(memory.unframed))} KiB without a frame.`,
    "",
  ];
}

function costSection(results: readonly CostResult[]): string[] {
  if (results.length === 0) return [];
  const cell = (values: readonly number[], digits: number): string =>
    values.length === 0 ? "not available" : show(spread(values), digits);
  const rows = (title: string, digits: number, costs: (result: CostResult) => Costs): string[][] =>
    results.map((result) => {
      const { ours, seed } = costs(result);
      const ratio = seed.length === 0 ? "" : (median(ours) / median(seed)).toFixed(2);
      const size = `${result.bytes / 1000} KB`;
      return [`${title}, ${size}`, cell(ours, digits), cell(seed, digits), ratio];
    });
  return [
    "## What a change costs the script",
    "",
    "Rows of a table as one attribute of about the given size, and a counter as another. The seed writes all of them as one pickle file at each",
    "assignment; here an assignment sends the attribute, and what was sent is acknowledged when the run ends, before the page is idle.",
    "",
    ...table(
      ["", "persist-session", "seed", "ratio"],
      [
        ...rows("µs to assign the counter", 1, ({ small }) => small),
        ...rows("µs to assign the rows", 0, ({ large }) => large),
        ...rows("ms from a click that counts to the idle page", 2, ({ run }) => run),
      ],
    ),
    "",
  ];
}

function keepSection({ click, stored, restart }: KeepResult): string[] {
  return [
    "## What `--keep` costs and gives",
    "",
    "Ten keys of 10 KB each in `st.session_state`; a click changes one of them in place.",
    "",
    ...table(
      ["ms", "without", "with `--keep`", "ratio"],
      [
        [
          "from the click to the idle page (without: resume)",
          show(spread(click.resume), 1),
          show(spread(click.keep), 1),
          show(pairedSpread(click.keep, click.resume)),
        ],
        [
          "after a restart, from the reload to the value painted (without: plain Streamlit, its default)",
          show(spread(restart.plain), 0),
          show(spread(restart.keep), 0),
          show(pairedSpread(restart.keep, restart.plain)),
        ],
      ],
    ),
    "",
    `Of ${stored.all} bytes that are stored of the tab, one click wrote ${stored.click}.`,
    "",
  ];
}

/** The link, in words. */
function link({ roundTrip, bitsPerSecond }: Slowness): string {
  if (roundTrip === 0 && bitsPerSecond === undefined) return "on loopback";
  const rate = bitsPerSecond === undefined ? "" : ` and ${bitsPerSecond / 1e6} Mbit/s`;
  return `over a link with ${roundTrip} ms${rate}`;
}
