import { PersistError } from "../errors.ts";

/**
 * A length of time: a number is seconds, a string carries its unit: `"90s"`, `"30m"`, `"12h"`,
 * `"30d"`.
 */
export type Duration = number | `${number}${"s" | "m" | "h" | "d"}`;

const PATTERN = /^(\d{1,12}(?:\.\d{1,6})?)([smhd])$/;
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// A bound, so that "now plus a duration" always stays a valid date.
const MAX_DURATION = 36_500 * 86_400_000;

/**
 * Converts a duration to milliseconds: a whole number of at least 1 and at most 36,500 days.
 *
 * @param optionName - the option that holds it, for the message
 * @throws `ERR_OPTION_INVALID` for anything else
 */
export function parseDuration(value: Duration, optionName: string): number {
  const milliseconds = Math.round(toMilliseconds(value));
  if (milliseconds >= 1 && milliseconds <= MAX_DURATION) return milliseconds;
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `${optionName} must be a duration above zero and of at most 36500 days: a number of seconds, or a number with a unit ` +
      `such as "90s", "30m", "12h" or "30d".`,
  );
}

function toMilliseconds(value: unknown): number {
  if (typeof value === "number") return value * 1000;
  const match = typeof value === "string" ? PATTERN.exec(value) : null;
  return Number(match?.[1]) * (UNITS[match?.[2] ?? ""] ?? Number.NaN);
}
