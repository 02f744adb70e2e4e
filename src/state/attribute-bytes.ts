import { isPersistError, PersistError } from "../errors.ts";
import { freshInstance } from "./attributes.ts";
import { decode, encode } from "./codec/index.ts";
import { isDefaultMark } from "./default-mark.ts";
import { checkAttributeName } from "../identity/index.ts";
import type { Registration } from "./registry.ts";
import type { Cell } from "./snapshot.ts";

/**
 * Encodes an attribute. @throws PersistError that names class, attribute and path if it cannot be
 * stored
 */
export function encodeAttribute(
  state: { readonly registration: Registration; readonly instance: object },
  name: string,
  value: unknown,
  maxBytes?: number,
): Uint8Array {
  const { registration, instance } = state;
  checkAttributeName(registration.stateClass.name, name);
  return encode(value, {
    label: label(registration, name),
    types: registration.types,
    self: instance,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

/**
 * Whether only the default is stored, and the class has none: then it is as if nothing were stored.
 */
export function isWithoutDefault(
  registration: Registration,
  name: string,
  bytes: Uint8Array | undefined,
): boolean {
  return (
    bytes !== undefined && isDefaultMark(bytes) && !freshInstance(registration).defaults.has(name)
  );
}

/**
 * Decodes an attribute. @throws PersistError `ERR_DECODE` that names class, attribute and position
 */
export function decodeAttribute(
  registration: Registration,
  name: string,
  bytes: Uint8Array,
): unknown {
  if (isDefaultMark(bytes)) return freshInstance(registration).defaults.get(name);
  try {
    return decode(bytes, {
      label: label(registration, name),
      types: registration.types,
      maxBytes: Infinity,
    });
  } catch (error) {
    throw isPersistError(error, "ERR_DECODE") ? withWayOut(error, registration, name) : error;
  }
}

/** Values of more bytes are not kept with their cell, whose bytes alone are counted. */
const MAX_KEPT = 64;
const JSON_FORMAT = 0x4a;
/** What the JSON of a text, a number, a boolean and null begins with. */
const PRIMITIVE = new Set(Buffer.from('"-0123456789tfn'));

/**
 * The value of a stored attribute, for a caller that may change it. A short primitive, which cannot
 * be changed, is decoded once per stored version in this process.
 */
export function decodeCell(registration: Registration, name: string, cell: Cell): unknown {
  const bytes = cell.bytes as Uint8Array;
  if (!isShortPrimitive(bytes)) return decodeAttribute(registration, name, bytes);
  return (cell.frozen ??= { value: decodeAttribute(registration, name, bytes) }).value;
}

/** Whether it is JSON of a short text, a number, a boolean or null. */
export function isShortPrimitive(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_KEPT && bytes[0] === JSON_FORMAT && PRIMITIVE.has(bytes[1] ?? 0);
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

function withWayOut(error: PersistError, { stateClass }: Registration, name: string): PersistError {
  return new PersistError(
    "ERR_DECODE",
    `${error.message} It was left as it is, and the other attributes can be used. ` +
      `Assign a new value, or call session.clearAttribute(${stateClass.name}, "${name}") for the class's default.`,
  );
}

function label(registration: Registration, name: string): string {
  return `${registration.stateClass.name}.${name}`;
}
