import { PersistError } from "../../errors.ts";
import { encodeAttribute, equalBytes } from "../attribute-bytes.ts";
import type { Changes } from "../changes.ts";
import type { Attributes, Registration } from "../registry.ts";
import type { Slot } from "../slot.ts";
import { differences } from "./differences.ts";
import type { Path } from "./places.ts";
import { inWords, put } from "./values.ts";

/** What of a live state is asked. */
interface Changed {
  readonly registration: Registration;
  readonly instance: object;
  readonly slots: ReadonlyMap<string, Slot>;
  valueOf(name: string, slot: Slot): unknown;
}

/**
 * Checks the changes that are about to be stored, together with what is there already. If anything
 * does not fit or cannot be stored, nothing of the state is stored: its attributes may belong
 * together. The changes stay, so a later commit can store them once they fit.
 */
export function refuseMisfit(state: Changed, changes: Changes): void {
  const { schema, key } = state.registration;
  if (schema === undefined) return;
  if (changes.failures.length > 0) {
    // What is left may not fit without what cannot be stored.
    drop(changes);
    return;
  }
  const values: Attributes = {};
  for (const [name, slot] of state.slots)
    if (!slot.removed) put(values, name, state.valueOf(name, slot));
  const checked = schema.check(values);
  const changed = "misfits" in checked ? [] : changedPaths(state, changes, values, checked.values);
  const misfits = "misfits" in checked ? checked.misfits : schema.places(values, changed);
  if (misfits.length === 0) return;
  drop(changes);
  changes.failures.push(
    new PersistError(
      "ERR_SCHEMA_MISMATCH",
      "misfits" in checked
        ? `The values do not fit the schema of state("${key}"): ${inWords(key, misfits)}. Nothing of this state was stored. Assign what the schema accepts.`
        : `The schema of state("${key}") would change, complete or drop at the next read: ${inWords(key, misfits)}. Nothing of this state was stored. ` +
            `Assign what the schema gives, or let it accept the values as they are.`,
    ),
  );
}

function drop({ set, defaults, remove }: Changes): void {
  set.clear();
  defaults.clear();
  remove.length = 0;
}

/** What would be another value, or none, when it is read again. */
function changedPaths(state: Changed, { set }: Changes, values: Attributes, made: Attributes) {
  const paths: Path[] = [...differences(state.registration, values, made)];
  for (const [name, bytes] of set) {
    const value = values[name];
    const isDropped = value === undefined && !Object.hasOwn(made, name);
    // A transform may work in place: then what was given is what was made, and other than what is
    // about to be stored.
    const isObject = typeof value === "object" && value !== null;
    if (isDropped || (isObject && !equalBytes(encodeAttribute(state, name, value), bytes)))
      paths.push([name]);
  }
  return paths;
}
