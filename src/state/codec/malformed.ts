import { PersistError } from "../../errors.ts";
import { formatPath, type Step } from "./path.ts";

const REMEDY = "The stored bytes are damaged or were written by something else.";

/**
 * The error for bytes that are not an attribute. Says where and what was expected, never what stood
 * there.
 */
export function malformed(
  label: string | undefined,
  where: Step[] | { byte: number } | undefined,
  expected: string,
): PersistError {
  const at = Array.isArray(where)
    ? formatPath(label, where)
    : `${label ?? "value"}${where === undefined ? "" : `, byte ${where.byte}`}`;
  return new PersistError("ERR_DECODE", `${at}: ${expected}. ${REMEDY}`);
}
