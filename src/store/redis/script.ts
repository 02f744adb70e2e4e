import { createHash } from "node:crypto";
import { serverError } from "./failures.ts";
import type { Argument, RedisLink } from "./link.ts";
import { CLEAR, TOUCH } from "./script-clear.ts";
import { OWNER, READ } from "./script-read.ts";
import { WRITE } from "./script-write.ts";

/** A Lua program that the server runs in one step. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  const trimmed = text.trim();
  return { text: trimmed, sha: createHash("sha1").update(trimmed).digest("hex") };
}

export const readScript = script(READ);
export const ownerScript = script(OWNER);
export const writeScript = script(WRITE);
export const clearScript = script(CLEAR);
export const touchScript = script(TOUCH);

/**
 * Runs a script by its hash, or by its text if the server does not know it (new, restarted, or its
 * scripts were flushed).
 */
export async function runScript(
  link: Pick<RedisLink, "send">,
  { text, sha }: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  const [key = ""] = keys;
  try {
    return await link.send(key, ["EVALSHA", sha, ...rest]);
  } catch (error) {
    if (serverError(error) !== "NOSCRIPT") throw error;
    return await link.send(key, ["EVAL", text, ...rest]);
  }
}
