import {
  hasSealNumber,
  isSealedFormat,
  isSealName,
  openSealed,
  sealNameOf,
  staleSeals,
  type StoredAttributes,
} from "../../identity/index.ts";
import type { RecordWrite, StoredRecord } from "../../store/index.ts";
import { endOwner } from "./clear.ts";
import { type Engine, sessionEnded } from "./engine.ts";
import { browserOwner, ofSession, type Owner } from "./owners.ts";
import { tombstoneEnd } from "./lifetime.ts";
import { moveTabs } from "./move.ts";
import { copyOf } from "./copy.ts";
import { tabsOf } from "./tabs.ts";
import { untilStored, writeNotes } from "./write.ts";

const KEPT_WRITING =
  "Two first sessions of one browser could not be joined: others kept writing. Reload the page.";

/**
 * Brings what a session and its tabs have stored into another of the same browser, and ends it. If
 * both have a record of one name, the attributes that the other lacks go along, and those of which
 * the other has no more than the default. What was set in both stays the other's. Two releases of
 * the app may have made the two records in different versions: then the other's stays as it is,
 * since neither could be migrated together with the attributes of both.
 *
 * @throws PersistError `ERR_CONFLICT` if others keep writing, `ERR_SESSION_ENDED` if the other
 * session has ended
 */
export async function joinSession(engine: Engine, from: string, to: string): Promise<void> {
  const { store } = engine;
  const [old, into] = [browserOwner(from), ofSession(to, true)];
  const created = new Set<string>();
  await untilStored(async () => {
    const { version, states, owner: status } = await store.owner(old);
    if (status === "ended") return undefined;
    for (const state of states) await bring(engine, old, into, state, created);
    const tabs = await tabsOf(engine, from);
    if ((await endOwner(engine, old, tombstoneEnd(engine), version)) !== "cleared")
      return "conflict";
    await moveTabs(engine, tabs, from, to);
    return undefined;
  }, KEPT_WRITING);
}

/**
 * @param created - the records that an earlier round made: anything written to them since is newer
 */
async function bring(
  engine: Engine,
  from: string,
  to: Owner,
  state: string,
  created: Set<string>,
): Promise<void> {
  const { store } = engine;
  const copy = await copyOf(engine, from, to.key, state);
  if (copy === undefined) return;
  const { base: _, remove: __, ...merge } = copy;
  await untilStored(async () => {
    const { record, epoch } = await store.read(to.key, state);
    if (record !== undefined && record.schema !== copy.schema) {
      engine.warn(
        `two first sessions of one browser were joined, but not their states "${state}": ` +
          `one has version ${copy.schema}, the one that stays has version ${record.schema}`,
      );
      return undefined;
    }
    const isOurs = created.has(state);
    const set =
      record === undefined || isOurs
        ? copy.set
        : wanted(engine, { from, to: to.key, state }, record, copy);
    if (record !== undefined && set.size === 0) return undefined;
    // The write names the version that was read: it must not replace what others have written
    // meanwhile.
    const write =
      record === undefined
        ? { ...copy, epoch }
        : {
            ...merge,
            epoch,
            set,
            remove: staleSeals({ set }, (name) => hasSealNumber(record.attributes, name)),
            ...(isOurs ? {} : { base: record.version }),
          };
    const { owner, outcomes } = await writeNotes(engine, to, [write]);
    if (owner === "ended") throw sessionEnded();
    if (outcomes[0]?.outcome !== "written") return "conflict";
    if (record === undefined) created.add(state);
    return undefined;
  }, KEPT_WRITING);
}

/** What of a record goes over to the one of the same name that is there. */
function wanted(
  { ring, writtenDefaults }: Engine,
  { from, to, state }: { from: string; to: string; state: string },
  there: StoredRecord,
  copy: RecordWrite,
): ReadonlyMap<string, Uint8Array> {
  // Without its seal, which is another each time; what cannot be opened is like nothing else.
  const plain = (attributes: StoredAttributes, name: string, bytes: Uint8Array): Uint8Array =>
    isSealedFormat(bytes) ? (openSealed(ring, [to, state, name], attributes) ?? bytes) : bytes;
  const copied = new Map([...copy.set].map(([name, bytes]) => [name, { version: 0, bytes }]));
  const set = new Map<string, Uint8Array>();
  for (const [name, stored] of copy.set) {
    if (isSealName(name)) continue;
    const attribute = there.attributes.get(name);
    if (attribute !== undefined) {
      if (attribute.bytes === undefined) continue;
      const bytes = plain(copied, name, stored);
      const other = plain(there.attributes, name, attribute.bytes);
      if (Buffer.compare(other, bytes) === 0) continue;
      // A default of the one, such as a random id, is no better than that of the other.
      if (writtenDefaults.has(from, state, name, bytes)) continue;
      // Each of the two may have been made by another process.
      const isDefault =
        writtenDefaults.has(to, state, name, other) ||
        writtenDefaults.has(from, state, name, other);
      if (!isDefault) continue;
    }
    set.set(name, stored);
    const number = copy.set.get(sealNameOf(name));
    if (number !== undefined) set.set(sealNameOf(name), number);
  }
  return set;
}
