import { isPersistError } from "../errors.ts";

/** What an error comes to on the command line: the line to print, and the exit code. */
export function told(error: unknown): { line: string; code: 1 | 2 } {
  if (!(error instanceof Error)) return { line: String(error), code: 1 };
  // What is wrong with a store's URL only the store itself knows in full.
  const isUsage = isPersistError(error, "ERR_USAGE") || isPersistError(error, "ERR_STORE_URL");
  return { line: inOurWords(error.message), code: isUsage ? 2 : 1 };
}

/** The library names its own options; here they are called otherwise, and some there are not. */
function inOurWords(message: string): string {
  return message
    .replace("the option `secret`", "--secret-file")
    .replace(/,? or give a store object/, "");
}
