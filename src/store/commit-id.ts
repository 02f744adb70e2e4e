import { PersistError } from "../errors.ts";

const LONGEST = 64;

/** Refuses a commit id that the contract does not allow: stores remember ids, so their length is bounded. */
export function checkCommitId(commitId: string): void {
  if (commitId.length > 0 && commitId.length <= LONGEST) return;
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `A commitId must have 1 to ${LONGEST} characters, this one has ${commitId.length}. Use a UUID.`,
  );
}
