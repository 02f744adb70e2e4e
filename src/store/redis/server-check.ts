import { PersistError } from "../../errors.ts";
import type { RedisLink } from "./link.ts";
import { textOf } from "./replies.ts";
import { within } from "../within.ts";

const OLDEST = 6;

/**
 * Checks that the server is new enough and never evicts keys. Skips checks that the user has no
 * right to make.
 * @returns warnings
 * @throws PersistError `ERR_STORE_FORMAT` if the server is too old
 */
export async function checkServer(link: RedisLink, timeout: number): Promise<string[]> {
  const warnings = new Set<string>();
  for (const info of await allInfo(link, timeout)) {
    const version = field(info, "redis_version");
    if (version !== undefined && Number.parseInt(version, 10) < OLDEST) {
      throw new PersistError(
        "ERR_STORE_FORMAT",
        `The Redis store needs a server of version ${OLDEST} or later, this one is ${version}. Use a newer Redis, or Valkey.`,
      );
    }
    const policy = field(info, "maxmemory_policy");
    if (policy !== undefined && policy !== "noeviction") {
      warnings.add(
        `The Redis server evicts keys when its memory is full (maxmemory-policy ${policy}): sessions would be lost without a ` +
          "word. Set maxmemory-policy to noeviction; a full server then refuses commits with ERR_STORE_FULL.",
      );
    }
  }
  return [...warnings];
}

async function allInfo(link: RedisLink, timeout: number): Promise<string[]> {
  try {
    const ask = async (): Promise<string[]> =>
      await Promise.all((await link.nodes()).map(async (node) => textOf(await node(["INFO"]))));
    return await within(timeout, ask());
  } catch {
    // Not allowed to ask, or not reachable yet: the first call shows what is wrong with the server.
    return [];
  }
}

function field(info: string, name: string): string | undefined {
  return new RegExp(String.raw`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
}
