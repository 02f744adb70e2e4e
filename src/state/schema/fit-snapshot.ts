import { PersistError } from "../../errors.ts";
import { decodeAttribute, encodeAttribute, equalBytes } from "../attribute-bytes.ts";
import { instanceFor } from "../attributes.ts";
import type { Attributes, Registration } from "../registry.ts";
import { type Cell, type Snapshot, withCells } from "../snapshot.ts";
import { differences } from "./differences.ts";
import { refuseUnstable } from "./unstable.ts";
import { inWords, put } from "./values.ts";

/**
 * Checks a stored record against the schema of its state, once for each version that this process
 * reads. What the schema completes in a value (a default deep inside, say) is laid over the stored
 * bytes here, and written with the attribute's next change. Attributes that the schema does not
 * know, as a newer release stores them, stay stored and are not shown.
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
  const stored = storedValues(registration, snapshot);
  const checked = schema.check(stored);
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
    if (bytes !== undefined) put(values, name, decodeAttribute(registration, name, bytes));
  return values;
}

function fitCell(
  registration: Registration,
  name: string,
  cell: Cell,
  stored: Attributes,
  values: Attributes,
): Cell | undefined {
  if (cell.bytes === undefined) return cell;
  if (!Object.hasOwn(values, name)) return undefined;
  const value = values[name];
  if (Object.is(value, stored[name])) return cell;
  const bytes = encodeAttribute({ registration, instance: values }, name, value);
  if (equalBytes(bytes, cell.bytes)) return cell;
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
