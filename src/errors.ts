import { knowCopies } from "./process-wide.ts";

/**
 * Every code that an error of this package can carry. Codes are stable; messages are for people.
 */
export type ErrorCode =
  // declaring a class
  | "ERR_KEY_INVALID"
  | "ERR_KEY_TAKEN"
  | "ERR_NOT_A_CLASS"
  | "ERR_CLASS_ARGUMENTS"
  | "ERR_CLASS_FROZEN"
  | "ERR_NOT_PERSISTED"
  | "ERR_OPTION_INVALID"
  // identity
  | "ERR_SECRET_REQUIRED"
  | "ERR_SECRET_TOO_SHORT"
  | "ERR_SECRET_FILE"
  | "ERR_DIRECTORY_UNSAFE"
  | "ERR_NO_SESSION"
  | "ERR_NO_USER"
  | "ERR_SESSION_ENDED"
  | "ERR_HEADERS_SENT"
  | "ERR_COOKIE_UNREADABLE"
  | "ERR_TOKEN_MISPLACED"
  // using a state
  | "ERR_FOREIGN_STATE"
  | "ERR_SCOPE_ENDED"
  | "ERR_STATE_CLEARED"
  | "ERR_CONFLICT"
  | "ERR_NESTED_UPDATE"
  // live updates
  | "ERR_LIVE_NO_SESSION"
  | "ERR_LIVE_TOO_MANY"
  // values and stored bytes
  | "ERR_VALUE_UNSUPPORTED"
  | "ERR_SELF_REFERENCE"
  | "ERR_DECODE"
  | "ERR_SCHEMA_NEWER"
  | "ERR_SCHEMA_INVALID"
  | "ERR_SCHEMA_ASYNC"
  | "ERR_SCHEMA_DEFAULTS"
  | "ERR_SCHEMA_MISMATCH"
  | "ERR_MIGRATE_REQUIRED"
  | "ERR_MIGRATE_FAILED"
  | "ERR_ATTRIBUTE_TOO_LARGE"
  | "ERR_SESSION_TOO_LARGE"
  // stores
  | "ERR_STORE_URL"
  | "ERR_STORE_BINARY"
  | "ERR_STORE_CLOSED"
  | "ERR_STORE_UNAVAILABLE"
  | "ERR_STORE_FULL"
  | "ERR_STORE_READ_ONLY"
  | "ERR_STORE_FORMAT"
  | "ERR_STORE_CORRUPT"
  | "ERR_STORE_SHARED"
  | "ERR_STORE_SEALED"
  | "ERR_OUTCOME_UNKNOWN"
  // the state service
  | "ERR_SERVICE_ADDRESS"
  | "ERR_SERVICE_PROTOCOL"
  | "ERR_SERVICE_REFUSED"
  | "ERR_SERVICE_FAILED"
  // the command line
  | "ERR_USAGE"
  | "ERR_SCRIPT_MISSING"
  | "ERR_PYTHON_MISSING"
  | "ERR_STREAMLIT_MISSING"
  | "ERR_PACKAGE_CONFLICT"
  | "ERR_STREAMLIT_START"
  | "ERR_PORT_TAKEN";

/**
 * The one error class of this package. `code` identifies the failure, `message` says what was
 * expected and what to do, and `cause` holds the underlying error if there is one. No message ever
 * holds a secret, a token or stored content.
 *
 * @example
 * ```ts
 * import { persist, PersistError } from "persist-session";
 *
 * class Cart {
 *   items: string[] = [];
 * }
 * try {
 *   persist("", Cart);
 * } catch (error) {
 *   if (!(error instanceof PersistError)) throw error;
 *   console.log(error.code); // ERR_KEY_INVALID
 * }
 * ```
 */
export class PersistError extends Error {
  /** What failed, for programs. Stable between versions. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "PersistError";
    this.code = code;
  }
}

knowCopies(PersistError, "error.1");

/**
 * Whether `error` is a PersistError, and of the given code if there is one. Works across copies of
 * this package.
 *
 * @example
 * ```ts
 * import { isPersistError, restore } from "persist-session";
 *
 * class Cart {}
 *
 * try {
 *   await restore(Cart);
 * } catch (error) {
 *   if (!isPersistError(error, "ERR_NO_SESSION")) throw error;
 *   console.log("outside a request"); // outside a request
 * }
 * ```
 */
export function isPersistError(error: unknown, code?: ErrorCode): error is PersistError {
  return error instanceof PersistError && (code === undefined || error.code === code);
}
