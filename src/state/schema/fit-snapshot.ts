import { PersistError } from "../../errors.ts";
import {
  decodeAttribute,
  encodeAttribute,
  equalBytes,
  isWithoutDefault,
} from "../attribute-bytes.ts";
import { instanceFor } from "../attributes.ts";
import type { Attributes, Registration } from "../registry.ts";
import { type Cell, type Snapshot, withCells } from "../snapshot.ts";
import { differences } from "./differences.ts";
import { refuseUnstable } from "./unstable.ts";
import type { Checked, SchemaCheck } from "./schema-check.ts";
import { inWords, put } from "./values.ts";

/**
 * Checks a stored record against the schema of its state, once for each version that this process
 * reads. What the schema completes in a value (a default deep inside, say) is laid over the stored
 * bytes here, and written with the attribute's next change. Attributes that the schema does not
 * know, as another release stores them, stay stored and are not shown, also if the schema is
 * strict.
 *
 * @returns the record as the app is to see it, or the places that do not fit
 * @throws PersistError `ERR_DECODE`, `ERR_SCHEMA_ASYNC`; `ERR_SCHEMA_MISMATCH` if the schema makes
 * other values of what it has given itself
 */
export function fitSnapshot(
  registration: Registration,
  snapshot: Snapshot,
): { readonly snapshot: Snapshot } | { readonly misfits: readonly string[] } {
  const { schema } = registration;
  if (schema === undefined || schema.isKnown(snapshot)) return { snapshot };
  const { stored, checked } = checkStored(
    registration,
    schema,
    storedValues(registration, snapshot),
  );
  if ("misfits" in checked) return checked;
  // What the schema has left as it was, it leaves so.
  if (differences(registration, stored, checked.values).length > 0)
    refuseUnstable(registration, checked.values);
  const cells = new Map<string, Cell>();
  let isSame = true;
  for (const [name, cell] of snapshot.cells) {
    const fitting = fitCell(registration, name, cell, stored, checked.values);
    if (fitting !== undefined) cells.set(name, fitting);
    isSame &&= fitting === cell;
  }
  const fitted = isSame ? snapshot : withCells(snapshot, cells);
  schema.note(fitted);
  return { snapshot: fitted };
}

function storedValues(registration: Registration, { cells }: Snapshot): Attributes {
  const values: Attributes = {};
  for (const [name, value] of instanceFor(registration, cells).defaults)
    if (!cells.has(name)) put(values, name, value);
  for (const [name, { bytes }] of cells)
    if (bytes !== undefined && !isWithoutDefault(registration, name, bytes))
      put(values, name, decodeAttribute(registration, name, bytes));
  return values;
}

/**
 * A strict schema refuses what it does not know. If only that is refused, another release has
 * stored it: it is none of this one's business.
 */
function checkStored(
  registration: Registration,
  schema: SchemaCheck,
  stored: Attributes,
): { readonly stored: Attributes; readonly checked: Checked } {
  const checked = schema.check(stored);
  if (!("misfits" in checked)) return { stored, checked };
  const own: Attributes = {};
  const names = new Set(registration.names?.());
  for (const [name, value] of Object.entries(stored))
    if (names.has(name) || schema.declares(name)) put(own, name, value);
  if (Object.keys(own).length === Object.keys(stored).length) return { stored, checked };
  const again = schema.check(own);
  return "misfits" in again ? { stored, checked } : { stored: own, checked: again };
}

function fitCell(
  registration: Registration,
  name: string,
  cell: Cell,
  stored: Attributes,
  values: Attributes,
): Cell | undefined {
  if (!Object.hasOwn(values, name)) return cell.bytes === undefined ? cell : undefined;
  const value = values[name];
  // What was deleted is what the schema completes, if a newer release has given it a default.
  if (cell.bytes === undefined && value === undefined) return cell;
  if (Object.hasOwn(stored, name) && Object.is(value, stored[name])) return cell;
  const bytes = encodeAttribute({ registration, instance: values }, name, value);
  if (cell.bytes !== undefined && equalBytes(bytes, cell.bytes)) return cell;
  return { version: cell.version, bytes, canonical: true };
}

/** The refusal of a stored record that does not fit. Nothing is reset by itself. */
export function misfitError({ key }: Registration, misfits: readonly string[]): PersistError {
  return new PersistError(
    "ERR_SCHEMA_MISMATCH",
    `What is stored does not fit the schema of state("${key}"): ${inWords(key, misfits)}. Nothing was changed. Add a migrate(old, fromVersion) to its ` +
      `options, let the schema accept what older releases stored, or call session.clearAttribute(…) for one attribute's default.`,
  );
}
