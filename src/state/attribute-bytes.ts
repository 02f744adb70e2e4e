import { decode, encode } from "./codec/codec.ts";
import type { Registration } from "./registry.ts";

/** An attribute's bytes. @throws PersistError naming class, attribute and path, where it cannot be stored */
export function encodeAttribute(
  state: { readonly registration: Registration; readonly instance: object },
  name: string,
  value: unknown,
  maxBytes?: number,
): Uint8Array {
  const { registration, instance } = state;
  return encode(value, {
    label: label(registration, name),
    types: registration.types,
    self: instance,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

/** An attribute's value. @throws PersistError `ERR_DECODE` naming class, attribute and position */
export function decodeAttribute(
  registration: Registration,
  name: string,
  bytes: Uint8Array,
): unknown {
  return decode(bytes, {
    label: label(registration, name),
    types: registration.types,
    maxBytes: Infinity,
  });
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

function label(registration: Registration, name: string): string {
  return `${registration.stateClass.name}.${name}`;
}
