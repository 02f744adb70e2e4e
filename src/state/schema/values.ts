import type { Attributes } from "../registry.ts";

/** Sets an own property, whatever its name: an assignment to `__proto__` would set none. */
export function put(values: Attributes, name: string, value: unknown): void {
  Object.defineProperty(values, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** The places in a message: "items[0].qty, note". */
export function inWords(key: string, misfits: readonly string[]): string {
  return misfits.map((place) => (place === " …" ? "…" : `${key}${place}`)).join(", ");
}
