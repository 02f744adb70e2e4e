import { isPersistError } from "../errors.ts";

/** How an error ends a command: the line to print, and the exit code. */
export function told(error: unknown): { line: string; code: 1 | 2 } {
  if (!(error instanceof Error)) return { line: String(error), code: 1 };
  // Only the store itself fully knows what is wrong with its URL.
  const isUsage = isPersistError(error, "ERR_USAGE") || isPersistError(error, "ERR_STORE_URL");
  return { line: inOurWords(error.message), code: isUsage ? 2 : 1 };
}

/** Replaces the library's option names by those of the command line. */
function inOurWords(message: string): string {
  return message
    .replace("the option `secret`", "--secret-file")
    .replace(/,? or give a store object/, "");
}
