import { randomUUID } from "node:crypto";
import { PersistError } from "../../errors.ts";
import { isSealName } from "../../identity/index.ts";
import { isNumberName } from "../../sealing/index.ts";
import { attributeReset } from "../../sessions/index.ts";
import type { Store } from "../../store/index.ts";

/** How often an app may write in between. */
const MAX_ROUNDS = 20;

export interface ClearedAttribute {
  /** The owners that had the attribute; it now has the class's default. */
  readonly cleared: readonly string[];
  /** The attributes that the state has in the owners that have not this one. */
  readonly names: ReadonlySet<string>;
}

/**
 * Gives one attribute of a state the class's default again. Its bytes are not decoded, and the
 * other attributes stay.
 */
export async function clearAttribute(
  store: Store,
  owners: readonly string[],
  state: string,
  name: string,
): Promise<ClearedAttribute> {
  const cleared: string[] = [];
  const names = new Set<string>();
  for (const owner of owners) {
    const others = await clearIn(store, owner, state, name);
    if (others === undefined) cleared.push(owner);
    else for (const other of others) names.add(other);
  }
  return { cleared, names };
}

/** @returns the attributes that there are, if this one is not among them */
async function clearIn(
  store: Store,
  owner: string,
  state: string,
  name: string,
): Promise<readonly string[] | undefined> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { record, expiresAt } = await store.read(owner, state);
    if (record?.attributes.get(name)?.bytes === undefined) {
      const stored = [...(record?.attributes ?? [])].filter(
        ([other, { bytes }]) => bytes !== undefined && !isSealName(other) && !isNumberName(other),
      );
      return stored.map(([other]) => other);
    }
    const { outcomes } = await store.write(
      owner,
      [
        {
          ...attributeReset(state, record, name, true),
          ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
        },
      ],
      { commitId: randomUUID(), expiresAt },
    );
    if (outcomes[0]?.outcome === "written") return undefined;
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "The state is being written to all the time. Stop the apps that use it, or try again.",
  );
}
