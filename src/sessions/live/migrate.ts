import { PersistError } from "../../errors.ts";
import {
  type Attributes,
  DEFAULT_MARK,
  decodeAttribute,
  encodeAttribute,
  equalBytes,
  fitSnapshot,
  isWithoutDefault,
  misfitError,
  refuseUnstable,
  type Registration,
  type Snapshot,
} from "../../state/index.ts";
import {
  type Engine,
  type Loaded,
  load,
  loadNow,
  recordWrite,
  rewriteRecord,
  untilStored,
} from "../records/index.ts";

/**
 * Reads a record (only what changed since this process read it last) and brings it to the class's
 * version.
 * @throws PersistError `ERR_SCHEMA_NEWER`, `ERR_MIGRATE_REQUIRED`, `ERR_MIGRATE_FAILED`,
 * `ERR_CONFLICT`, `ERR_STORE_…`
 */
export async function loadState(
  engine: Engine,
  registration: Registration,
  owner: string,
): Promise<Loaded> {
  // The first process to read a record migrates it, and the others read what that one wrote. More
  // rounds than a few mean that another process rewrites the record all the time.
  return await untilStored<Loaded>(async () => {
    const loaded = await load(engine, owner, registration.key);
    const outdated = toMigrate(registration, loaded);
    const fitting = outdated ?? fitted(engine, registration, owner, loaded);
    if ("owner" in fitting) return fitting;
    await migrate(engine, registration, owner, loaded, fitting);
    return "conflict";
  }, `The record of ${registration.stateClass.name} could not be migrated: others kept changing it. Try again.`);
}

/**
 * Like `loadState`, but synchronous. Undefined if the store cannot read at once, or the record must
 * be migrated.
 */
export function loadStateNow(
  engine: Engine,
  registration: Registration,
  owner: string,
): Loaded | undefined {
  const loaded = loadNow(engine, owner, registration.key);
  if (loaded === undefined || toMigrate(registration, loaded) !== undefined) return undefined;
  const fitting = fitted(engine, registration, owner, loaded);
  return "owner" in fitting ? fitting : undefined;
}

function toMigrate(registration: Registration, { snapshot }: Loaded): Snapshot | undefined {
  if (snapshot === undefined || snapshot.schema === registration.version) return undefined;
  checkSchema(registration, snapshot.schema);
  return snapshot;
}

/**
 * The record as a schema's state shows it, or the stored form that `migrate` must bring into shape.
 */
function fitted(
  engine: Engine,
  registration: Registration,
  owner: string,
  loaded: Loaded,
): Loaded | Snapshot {
  const { snapshot } = loaded;
  if (registration.schema === undefined || snapshot === undefined) return loaded;
  const fitting = fitSnapshot(registration, snapshot);
  if ("misfits" in fitting) {
    if (registration.migrate === undefined) throw misfitError(registration, fitting.misfits);
    return snapshot;
  }
  if (fitting.snapshot === snapshot) return loaded;
  engine.cache.put(owner, registration.key, fitting.snapshot);
  return { ...loaded, snapshot: fitting.snapshot };
}

function checkSchema(registration: Registration, stored: number): void {
  const { stateClass, version, migrate: convert } = registration;
  if (stored > version) {
    throw new PersistError(
      "ERR_SCHEMA_NEWER",
      `The stored ${stateClass.name} has version ${stored}, and this code knows version ${version}: a newer release has written it. ` +
        `Nothing was changed. Deploy the newer release here too.`,
    );
  }
  if (convert === undefined) {
    throw new PersistError(
      "ERR_MIGRATE_REQUIRED",
      `The stored ${stateClass.name} has version ${stored}, and the class says version ${version} without a migrate function. ` +
        `Add migrate(old, fromVersion) to the options of persist, or leave version as it was.`,
    );
  }
}

async function migrate(
  engine: Engine,
  registration: Registration,
  owner: string,
  loaded: Loaded,
  snapshot: Snapshot,
): Promise<void> {
  const old: Attributes = Object.create(null) as Attributes;
  for (const [name, { bytes }] of snapshot.cells) {
    if (bytes === undefined || isWithoutDefault(registration, name, bytes)) continue;
    old[name] = decodeAttribute(registration, name, bytes);
  }
  const set = await convert(registration, old, snapshot);
  // Not a deletion, which would stay: if a later release declares the attribute again, it begins
  // with the default.
  for (const [name, { bytes }] of snapshot.cells)
    if (bytes !== undefined && !set.has(name)) set.set(name, DEFAULT_MARK);
  for (const [name, bytes] of set) {
    const stored = snapshot.cells.get(name)?.bytes;
    if (stored !== undefined && equalBytes(stored, bytes)) set.delete(name);
  }
  const { key: state, version: schema, ttl } = registration;
  const write = recordWrite(
    { ...snapshot, state },
    { schema, ttl, set, remove: [] },
    snapshot.version,
  );
  await rewriteRecord(engine, owner, write, loaded.expiresAt);
}

async function convert(
  registration: Registration,
  old: Attributes,
  snapshot: Snapshot,
): Promise<Map<string, Uint8Array>> {
  const { stateClass } = registration;
  try {
    const made = await registration.migrate?.(old, snapshot.schema);
    if (typeof made !== "object" || made === null) throw new TypeError("migrate gave no object");
    const checked = registration.schema?.check(made) ?? { values: made };
    if ("misfits" in checked) throw misfitError(registration, checked.misfits);
    refuseUnstable(registration, checked.values as Attributes);
    const set = new Map<string, Uint8Array>();
    for (const [name, value] of Object.entries(checked.values)) {
      set.set(name, encodeAttribute({ registration, instance: made }, name, value));
    }
    return set;
  } catch (cause) {
    throw new PersistError(
      "ERR_MIGRATE_FAILED",
      `migrate of ${stateClass.name} failed on a record of version ${snapshot.schema}: the cause says why. ` +
        `The record is as it was. migrate must return an object of all attributes.`,
      { cause },
    );
  }
}
