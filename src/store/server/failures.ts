import { PersistError } from "../../errors.ts";

/** The errors of a server store that mean the same for every engine. */
export interface ServerFailures {
  /** No answer came, or only that the server cannot answer now. `ERR_STORE_UNAVAILABLE`. */
  readonly unavailable: (why: string, error?: unknown) => PersistError;
  /** The connection was lost after a commit had been sent. `ERR_OUTCOME_UNKNOWN`. */
  readonly outcomeUnknown: (error: unknown) => PersistError;
  /**
   * A copy of an error without what clients attach to it: commands, rows and arguments may hold
   * content or a password.
   */
  readonly bare: (error: unknown) => Error | undefined;
  /** The text of an error, without the parts that `redact` removes. */
  readonly textOf: (error: unknown) => string;
}

/**
 * @param engine - the server's name in messages
 * @param redact - removes from a client's message what must not be logged: URLs, arguments
 */
export function serverFailures(
  engine: "Redis" | "PostgreSQL",
  redact: (text: string) => string,
): ServerFailures {
  const textOf = (error: unknown): string => redact(messageOf(error));
  const bare = (error: unknown): Error | undefined => {
    if (error === undefined) return undefined;
    const copy = new Error(textOf(error));
    if (!(error instanceof Error)) return copy;
    const code = "code" in error ? { code: error.code } : {};
    return Object.assign(copy, { name: error.constructor.name }, code);
  };
  return {
    textOf,
    bare,
    unavailable: (why, error) => {
      const said = error === undefined ? "" : ` (${textOf(error)})`;
      return new PersistError(
        "ERR_STORE_UNAVAILABLE",
        `The ${engine} store cannot be reached: ${why}${said}.`,
        { cause: bare(error) },
      );
    },
    outcomeUnknown: (error) =>
      new PersistError(
        "ERR_OUTCOME_UNKNOWN",
        `The connection to the ${engine} server was lost after a commit was sent, and no answer came in time. ` +
          "It may or may not have been stored: read the state again before you repeat the change.",
        { cause: bare(error) },
      ),
  };
}

/**
 * The message of an error. Node gives an AggregateError without one if none of a host's addresses
 * answers.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "")
    return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
