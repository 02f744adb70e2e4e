import { PersistError } from "../errors.ts";

/** Stores remember commit ids, so their length is bounded. In characters. */
const MAX_COMMIT_ID = 64;

/** @throws PersistError `ERR_OPTION_INVALID` if the contract does not allow this commit id */
export function checkCommitId(commitId: string): void {
  if (commitId.length > 0 && commitId.length <= MAX_COMMIT_ID) return;
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `A commitId must have 1 to ${MAX_COMMIT_ID} characters, this one has ${commitId.length}. Use a UUID.`,
  );
}

/** The error for a write after which the owner would hold more than `maxBytes`. */
export function sessionTooLarge(
  bytes: number | string,
  maxBytes: number | undefined,
): PersistError {
  return new PersistError(
    "ERR_SESSION_TOO_LARGE",
    `The session would hold ${bytes} bytes, and at most ${maxBytes} are allowed. ` +
      "Nothing of this commit was stored. Keep less in it, or raise the limit for a session's size.",
  );
}
