import { isPersistError, type PersistError } from "../errors.ts";

/** The result of an error for a command: the line to print, and the exit code. */
export function failureOutcome(error: unknown): { line: string; code: 1 | 2 } {
  if (!(error instanceof Error)) return { line: String(error), code: 1 };
  if (isPersistError(error, "ERR_STORE_BINARY") && isInWheel())
    return { line: noBinary(error), code: 1 };
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

/** Whether this is the copy inside the Python wheel, which was not installed by npm. */
function isInWheel(): boolean {
  return import.meta.url.includes("/persist_session/engine/gateway/");
}

/** The library's own message is about npm and bundlers. */
function noBinary({ message }: PersistError): string {
  const [what = ""] = message.split(/[;:]/, 1);
  return (
    `${what}: this package has LMDB for Linux and macOS (x64, arm64) and for Windows (x64). ` +
    "Keep state on a server, --store redis://host or postgres://host/db, or in memory alone, --store memory:"
  );
}
