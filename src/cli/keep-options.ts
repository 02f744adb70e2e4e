import type { OptionTable, OptionValues } from "./command.ts";
import type { KeepOptions } from "./run/index.ts";
import { UsageError } from "./usage-error.ts";

/** The options of keep, for the commands that start Streamlit. */
export const keepOptions = {
  keep: {
    type: "boolean",
    help: "keep st.session_state and the widgets of each tab over restarts and deploys too",
  },
  "keep-max": {
    type: "string",
    value: "SIZE",
    help: "how much of one tab is kept at most: 500k, 4m",
    preset: "1m",
  },
  "allow-pickle": {
    type: "boolean",
    help: "let --keep store values that have no other form as pickle, sealed",
  },
} as const satisfies OptionTable;

/** A tab's values are one write, and a session holds 64 MiB. */
const DEFAULT_KEEP = 1024 * 1024;
const MAX_KEEP = 32 * 1024 * 1024;
const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 * 1024 };

/** @throws UsageError if the size is malformed, or if an option of keep is given without keep */
export function keepOption(
  values: OptionValues<typeof keepOptions>,
  resume: boolean,
  loginCookies: readonly string[],
): false | KeepOptions {
  const size = values["keep-max"];
  const maxBytes = size === undefined ? DEFAULT_KEEP : bytesOf(size);
  if (values.keep !== true) {
    if (size !== undefined || values["allow-pickle"] === true)
      throw new UsageError(
        `--${size === undefined ? "allow-pickle" : "keep-max"} is an option of --keep: give that too.`,
      );
    return false;
  }
  if (!resume)
    throw new UsageError("--keep needs resume, so it cannot be used together with --no-resume.");
  return { maxBytes, allowPickle: values["allow-pickle"] === true, loginCookies };
}

function bytesOf(text: string): number {
  const [, number = "", unit = ""] = /^([1-9]\d{0,8})([km]?)$/.exec(text.toLowerCase()) ?? [];
  const bytes = Number(number) * (UNITS[unit] ?? 0);
  if (bytes > 0 && bytes <= MAX_KEEP) return bytes;
  throw new UsageError(
    "--keep-max takes a size of at most 32m, in bytes or with a unit: 500k or 4m.",
  );
}
