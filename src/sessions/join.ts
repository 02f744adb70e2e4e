import { randomUUID } from "node:crypto";
import { PersistError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { browserOwner, type Engine } from "./engine.ts";
import { expiresAfter, tombstoneEnd } from "./expiry.ts";
import { copyOf } from "./move.ts";

const MOST_ROUNDS = 20;

/**
 * Brings what a session has stored into another of the same browser, and ends it. Where both have a record of one name, the attributes
 * that the other lacks go along; those that both have stay the other's.
 *
 * @throws PersistError `ERR_CONFLICT` where others keep writing
 */
export async function joinSession(engine: Engine, from: string, to: string): Promise<void> {
  const { store } = engine;
  const [old, owner] = [browserOwner(from), browserOwner(to)];
  const created = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { version, states, owner: status } = await store.owner(old);
    if (status === "ended") return;
    for (const state of states) await bring(engine, old, owner, state, created);
    const { outcome } = await store.clear(old, {
      commitId: randomUUID(),
      until: tombstoneEnd(engine),
      ifVersion: version,
    });
    if (outcome === "cleared") return;
  }
  throw new PersistError(
    "ERR_CONFLICT",
    "Two first sessions of one browser could not be joined: others kept writing. Reload the page.",
  );
}

/** @param created - the records that an earlier round made: there, what has been written since is newer */
async function bring(
  engine: Engine,
  from: string,
  to: string,
  state: string,
  created: Set<string>,
): Promise<void> {
  const { store } = engine;
  const copy = await copyOf(engine, from, to, state);
  if (copy === undefined) return;
  const { record, epoch } = await store.read(to, state);
  const options = { commitId: randomUUID(), expiresAt: expiresAfter(engine, true) };
  if (record === undefined) {
    await store.write(to, [{ ...copy, epoch }], options);
    created.add(state);
    return;
  }
  const set = created.has(state) ? copy.set : lacking(record, copy.set);
  const { base: _, remove: __, ...merge } = copy;
  if (set.size > 0) await store.write(to, [{ ...merge, epoch, set }], options);
}

type Stored = NonNullable<Awaited<ReturnType<Store["read"]>>["record"]>;

function lacking(
  record: Stored,
  set: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, Uint8Array> {
  return new Map([...set].filter(([name]) => !record.attributes.has(name)));
}
