import { PersistError } from "../../errors.ts";
import type { Attributes, Registration } from "../registry.ts";
import { differences } from "./differences.ts";
import { inWords } from "./values.ts";

/**
 * The places at which a schema changes what it has given itself. Such values would become others
 * with each read and write.
 * @param values - what the schema has given
 */
export function unstablePaths(registration: Registration, values: Attributes): readonly string[] {
  const { schema } = registration;
  if (schema === undefined) return [];
  const again = schema.check(values);
  if ("misfits" in again) return again.misfits;
  return schema.places(values, differences(registration, values, again.values));
}

/** @throws PersistError `ERR_SCHEMA_MISMATCH` */
export function refuseUnstable(registration: Registration, values: Attributes): void {
  const places = unstablePaths(registration, values);
  if (places.length === 0) return;
  const { key } = registration;
  throw new PersistError(
    "ERR_SCHEMA_MISMATCH",
    `The schema of state("${key}") makes other values of those that it has given itself: ${inWords(key, places)}. Nothing was changed. Take the ` +
      `transform out of it, and convert where the value is used.`,
  );
}
