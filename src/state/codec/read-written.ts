import { isValueType, prototypeOf, type TypeEntry } from "./value-type.ts";

/**
 * Makes a value from the result of its type's `write`.
 *
 * @returns the value, or what was expected
 */
export function readWritten(
  entry: TypeEntry | undefined,
  name: string,
  given: unknown,
): object | string {
  const type = JSON.stringify(name);
  if (entry === undefined || !isValueType(entry))
    return `a value that write() of the type ${type} has given is stored here; name it in the types option of persist as { type, write, read }`;
  let made: unknown;
  try {
    made = entry.read(given);
  } catch {
    // Its error may quote what is stored.
    return `what read() of the type ${type} takes expected`;
  }
  if (isInstance(made, prototypeOf(entry))) return made;
  return `read() of the type ${type} expected to give an instance`;
}

function isInstance(value: unknown, prototype: object): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === prototype;
}
