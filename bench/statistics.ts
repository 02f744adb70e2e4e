/** The value below which the share `q` (0 to 1) of the values lies. NaN if there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * A ratio over rounds: what was measured in the same round is divided, so that what slows down a
 * whole round cancels out.
 */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** `undefined` if one of them has no rounds. */
export function pairedRatio(
  values: readonly number[] | undefined,
  reference: readonly number[] | undefined,
): Ratio | undefined {
  if (values === undefined || reference === undefined) return undefined;
  const ratios = values.flatMap((value, round) => {
    const other = reference[round];
    return other === undefined ? [] : [value / other];
  });
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/** In another order each time, so that no variant always follows the same one. */
export function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
