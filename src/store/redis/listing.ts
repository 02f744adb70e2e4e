import type { OwnerInfo } from "../store.ts";
import type { Calls } from "./calls.ts";
import type { SendCommand } from "./link.ts";
import type { Keys } from "./names.ts";
import { listOf, ownerReply, textOf } from "./replies.ts";
import { ownerScript } from "./script.ts";

/** How many keys one step reads. A large step would hold up the server. */
const STEP = 200;

/** An owner and its status. */
interface Listed {
  readonly owner: string;
  readonly info: OwnerInfo & { readonly bytes: number };
}

/** Lists all owners, by SCAN on every node. An owner that exists the whole time is listed once. */
export async function* listOwners(calls: Calls, keys: Keys): AsyncGenerator<Listed> {
  // SCAN may name a key twice while the server's table grows or shrinks.
  const seen = new Set<string>();
  const nodes = await calls.run(false, async (link) => await link.nodes());
  for (const node of nodes) {
    let cursor = "0";
    do {
      const step = await scan(calls, keys, node, cursor);
      cursor = step.cursor;
      const owners = step.owners.filter((owner) => !seen.has(owner));
      for (const owner of owners) seen.add(owner);
      yield* await Promise.all(
        [...new Set(owners)].map(async (owner) => ({
          owner,
          info: ownerReply(await calls.read(ownerScript, [keys.owner(owner)], [])),
        })),
      );
    } while (cursor !== "0");
  }
}

async function scan(
  calls: Calls,
  keys: Keys,
  node: SendCommand,
  cursor: string,
): Promise<{ cursor: string; owners: string[] }> {
  const { reply, keyPrefix } = await calls.run(false, async (link) => {
    const pattern = keys.pattern(link.keyPrefix);
    const command = ["SCAN", cursor, "MATCH", pattern, "COUNT", String(STEP)];
    return { reply: await node(command), keyPrefix: link.keyPrefix };
  });
  const [next, found] = listOf(reply);
  const owners = listOf(found).map((key) => keys.ownerOf(textOf(key).slice(keyPrefix.length)));
  return { cursor: textOf(next), owners };
}
