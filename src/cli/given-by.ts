import { isPersistError } from "../errors.ts";
import type { GivenBy } from "./settings/index.ts";

const FLAG = /(?<![\w-])--([a-z][a-z-]*)/g;

/** The option that such an error is about, although its message does not name it. */
const ABOUT: Readonly<Record<string, string>> = {
  ERR_STORE_URL: "store",
  ERR_SECRET_FILE: "secret-file",
};

/** Makes a message about an option name its source, if that was not the command line. */
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
