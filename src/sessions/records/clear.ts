import { randomUUID } from "node:crypto";
import { isPersistError } from "../../errors.ts";
import { hasSealNumber, staleSeals } from "../../identity/index.ts";
import { DEFAULT_MARK } from "../../state/index.ts";
import type { ClearResult, RecordWrite, StoredRecord } from "../../store/index.ts";
import type { Engine } from "./engine.ts";
import { tombstoneEnd } from "./lifetime.ts";
import { browserOwner, tabOwner } from "./owners.ts";
import { tabsOf } from "./tabs.ts";

/** Ends the life of one record: no late write brings it back. */
export async function endRecord(engine: Engine, owner: string, state: string): Promise<void> {
  const until = tombstoneEnd(engine);
  await engine.store.clear(owner, { state, commitId: randomUUID(), until });
}

/**
 * Ends an owner with all its records. If the outcome is unknown, repeats the call: ending an owner
 * twice changes nothing.
 * @param ifVersion - the version that the owner must still have
 */
export async function endOwner(
  { store }: Engine,
  owner: string,
  until: number,
  ifVersion?: number,
): Promise<ClearResult["outcome"]> {
  const options = {
    commitId: randomUUID(),
    until,
    ...(ifVersion === undefined ? {} : { ifVersion }),
  };
  try {
    return (await store.clear(owner, options)).outcome;
  } catch (error) {
    if (!isPersistError(error, "ERR_OUTCOME_UNKNOWN")) throw error;
    return (await store.clear(owner, options)).outcome;
  }
}

/**
 * Ends the records of a session and of its tabs. The session first: its token is then dead,
 * whatever happens next. Tabs that have stored nothing yet end too: a late write must find the end.
 */
export async function endRecords(
  engine: Engine,
  session: string,
  until = tombstoneEnd(engine),
): Promise<void> {
  const tabs = await tabsOf(engine, session);
  await endOwner(engine, browserOwner(session), until);
  await Promise.all(tabs.map((tab) => endOwner(engine, tabOwner(session, tab), until)));
}

/**
 * Whether an owner may have records: a visitor that never stored anything leaves no tombstone
 * either.
 */
export async function mayHaveRecords(
  { store }: Engine,
  owner: string,
  lasting: boolean,
): Promise<boolean> {
  // A browser that has shown its token may show it again, even if nothing was stored.
  return lasting || (await store.owner(owner)).owner !== "absent";
}

/**
 * The write that gives one attribute of a record the class's default again. It names the version
 * that was read, and does not decode any bytes, so it works even if they are damaged.
 *
 * @param hasDefault - false: the class does not declare the attribute, so it is removed
 */
export function attributeReset(
  state: string,
  { epoch, version, schema, attributes }: StoredRecord,
  name: string,
  hasDefault: boolean,
): RecordWrite {
  const set = new Map(hasDefault ? [[name, DEFAULT_MARK]] : []);
  const remove = hasDefault ? [] : [name];
  const stale = staleSeals({ set, remove }, (sealed) => hasSealNumber(attributes, sealed));
  return { state, epoch, base: version, schema, set, remove: [...remove, ...stale] };
}
