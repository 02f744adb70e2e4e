import { median, quantile } from "../statistics.ts";

/** A median with the interval that holds the true one with 95 % (percentile bootstrap). */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

const RESAMPLES = 4000;

export function spread(values: readonly number[]): Spread {
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(() => pick(values))));
  return {
    median: median(values),
    low: quantile(medians, 0.025),
    high: quantile(medians, 0.975),
    rounds: values.length,
  };
}

/**
 * The spread of what each round gives for one divided by what the same round gives for the other.
 */
export function pairedSpread(values: readonly number[], reference: readonly number[]): Spread {
  return spread(values.flatMap((value, at) => value / (reference[at] ?? Number.NaN)));
}

/** The same for the difference. */
export function pairedDifference(values: readonly number[], reference: readonly number[]): Spread {
  return spread(values.map((value, at) => value - (reference[at] ?? Number.NaN)));
}

export function show({ median: middle, low, high }: Spread, digits = 2): string {
  return `${middle.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

function pick(values: readonly number[]): number {
  return values[Math.floor(Math.random() * values.length)] ?? Number.NaN;
}
