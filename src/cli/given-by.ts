import { isPersistError } from "../errors.ts";
import type { GivenBy } from "./settings/index.ts";

const FLAG = /(?<![\w-])--([a-z][a-z-]*)/g;

/** The option whose value such an error is about, though its message does not name the option. */
const ABOUT: Readonly<Record<string, string>> = {
  ERR_STORE_URL: "store",
  ERR_SECRET_FILE: "secret-file",
};

/** Lets a message about an option name what gave it, if that was not the command line. */
export function nameSource(error: unknown, givenBy: GivenBy): void {
  if (!isPersistError(error)) return;
  const named = error.message.replaceAll(
    FLAG,
    (flag, option: string) => givenBy.get(option) ?? flag,
  );
  const source = givenBy.get(ABOUT[error.code] ?? "");
  error.message =
    named === error.message && source !== undefined ? `${named} It is given by ${source}.` : named;
}
