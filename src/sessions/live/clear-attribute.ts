import { PersistError } from "../../errors.ts";
import { freshInstance, type Registration } from "../../state/index.ts";
import type { StoredRecord } from "../../store/index.ts";
import {
  attributeReset,
  recordExpiry,
  rewriteRecord,
  sessionEnded,
  untilStored,
} from "../records/index.ts";
import type { LiveSession } from "./live-session.ts";

/**
 * Gives one attribute the class's default again, without reading what is stored of it: the way out
 * if that cannot be decoded. The other attributes stay, and a record of an older version is not
 * migrated for it.
 */
export async function clearAttribute(
  live: LiveSession,
  registration: Registration,
  owner: string,
  name: string,
): Promise<void> {
  const { engine } = live;
  await live.queue.run(async () => {
    const { defaults } = freshInstance(registration);
    await untilStored(async () => {
      const { record } = await engine.store.read(owner, registration.key);
      const isStored = record?.attributes.get(name)?.bytes !== undefined;
      const held = live.find(registration, owner);
      if (!isStored && !defaults.has(name) && held?.slots.has(name) !== true)
        throw unknownAttribute(registration, name);
      if (record === undefined || !isStored) {
        held?.resetAttribute(name);
        return undefined;
      }
      const outcome = await write(live, registration, owner, record, name, defaults.has(name));
      engine.cache.delete(owner, registration.key);
      if (outcome !== "conflict") held?.resetAttribute(name);
      return outcome;
    }, `${registration.stateClass.name}.${name} could not be cleared: others kept changing the record. Try again.`);
  });
}

async function write(
  live: LiveSession,
  { key, ttl }: Registration,
  owner: string,
  record: StoredRecord,
  name: string,
  hasDefault: boolean,
): Promise<"written" | "conflict"> {
  const { engine } = live;
  const seen = live.owners.get(owner) ?? (await engine.store.owner(owner));
  const reset = { ...attributeReset(key, record, name, hasDefault), expiresAt: recordExpiry(ttl) };
  const result = await rewriteRecord(engine, owner, reset, seen.expiresAt);
  if (result.owner === "ended") throw sessionEnded();
  return result.outcomes[0]?.outcome === "written" ? "written" : "conflict";
}

function unknownAttribute({ stateClass }: Registration, name: string): PersistError {
  return new PersistError(
    "ERR_OPTION_INVALID",
    `${stateClass.name} has no attribute "${name}", and nothing is stored under that name. Check its spelling.`,
  );
}
