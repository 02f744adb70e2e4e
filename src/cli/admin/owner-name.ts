import { isSessionId } from "../../identity/index.ts";
import { UsageError } from "../usage-error.ts";

/**
 * The owner that an argument names: a session's id, or an owner as `sessions` lists it.
 * @throws UsageError also for a token, which must not appear in a list of processes or a shell's
 * history
 */
export function ownerNamed(text: string): string {
  if (isSessionId(text)) return `b:${text}`;
  if (/^[but]:./.test(text) && !text.includes(".")) return text;
  const [id = "", mac] = text.replace(/^.*=/, "").split(".", 2);
  if (mac !== undefined && isSessionId(id)) {
    throw new UsageError(
      `A token is a secret: give the session's id alone, which is the part before the dot (${id}).`,
    );
  }
  throw new UsageError(
    "A session is named by its id (a UUID), or by an owner as `persist-session sessions` lists it: b:…, u:… or t:….",
  );
}

/** The session that the records of a tab belong to; undefined for other owners. */
export function sessionOfTab(owner: string): string | undefined {
  return /^t:([^:]+):/.exec(owner)?.[1];
}
